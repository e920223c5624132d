import { html, type Markup } from './markup.ts';

/**
 * The Markdown that Teams renders in a TextBlock or a fact: bold, italic, links, lists, and a new line for `\n\n`. Headings,
 * code, tables and quotes stay as typed. Mentions (`<at>`) become names when the card declares them.
 */
export function renderTeamsMarkdown(text: string, mentions: ReadonlySet<string>): Markup {
  const blocks = text.split(/\n{2,}|\r\n\r\n/);
  return html`${blocks.map((block) => renderBlock(block, mentions))}`;
}

function renderBlock(block: string, mentions: ReadonlySet<string>): Markup {
  const lines = block.split(/\r?\n/).filter((line) => line.trim() !== '');
  if (lines.length > 0 && lines.every((line) => /^\s*[-*]\s+/.test(line))) {
    return html`<ul>${lines.map((line) => html`<li>${renderInline(line.replace(/^\s*[-*]\s+/, ''), mentions)}</li>`)}</ul>`;
  }
  if (lines.length > 0 && lines.every((line) => /^\s*\d+\.\s+/.test(line))) {
    return html`<ol>${lines.map((line) => html`<li>${renderInline(line.replace(/^\s*\d+\.\s+/, ''), mentions)}</li>`)}</ol>`;
  }
  return html`<p>${renderInline(lines.join(' '), mentions)}</p>`;
}

const INLINE =
  /\\([\\`*_{}[\]()#+\-.!|<>~])|\*\*(.+?)\*\*|__(.+?)__|\*([^\s*](?:[^*]*[^\s*])?)\*|(?<![\p{L}\p{N}])_([^\s_](?:[^_]*[^\s_])?)_(?![\p{L}\p{N}])|\[([^\]]*)\]\((https?:\/\/[^\s)]+)\)|(<at>.*?<\/at>)/gu;

function renderInline(text: string, mentions: ReadonlySet<string>): Markup {
  const parts: Markup[] = [];
  let from = 0;
  for (const match of text.matchAll(INLINE)) {
    parts.push(html`${text.slice(from, match.index)}`, renderMatch(match, mentions));
    from = match.index + match[0].length;
  }
  return html`${parts}${text.slice(from)}`;
}

function renderMatch(
  [whole, escaped, strong, strong2, italic, italic2, label, url, at]: RegExpExecArray,
  mentions: ReadonlySet<string>,
): Markup {
  if (escaped !== undefined) {
    return html`${escaped}`;
  }
  const bold = strong ?? strong2;
  if (bold !== undefined) {
    return html`<strong>${renderInline(bold, mentions)}</strong>`;
  }
  const emphasis = italic ?? italic2;
  if (emphasis !== undefined) {
    return html`<em>${renderInline(emphasis, mentions)}</em>`;
  }
  if (url !== undefined) {
    return html`<a href="${url}" target="_blank" rel="noreferrer">${renderInline(label ?? url, mentions)}</a>`;
  }
  if (at !== undefined && mentions.has(at)) {
    return html`<span class="mention">${at.slice(4, -5)}</span>`;
  }
  return html`${whole}`;
}
