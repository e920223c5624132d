import type { Output } from './output.ts';

type Context =
  | { readonly kind: 'content' }
  | { readonly kind: 'tag'; readonly name: string }
  | { readonly kind: 'attribute'; readonly tag: string; readonly name: string; readonly quote: string; readonly hasText: boolean }
  | { readonly kind: 'raw'; readonly element: 'script' | 'style' }
  | { readonly kind: 'comment' };

const CONTENT: Context = { kind: 'content' };
const URL_ATTRIBUTES = new Set([
  'href',
  'src',
  'action',
  'formaction',
  'cite',
  'poster',
  'background',
  'longdesc',
  'data',
  'xlink:href',
]);
const BLOCKED = '#ZgotmplZ';

/**
 * HTML output with a simplified form of html/template's contextual escaping: values are escaped for the place they land
 * in, told from the template's own text. URL attributes let only http, https, mailto and relative references through;
 * values in scripts become JSON strings; values in styles, comments, tag names and event handlers are replaced.
 */
export class HtmlOutput implements Output {
  readonly #parts: string[] = [];
  #length = 0;
  #context: Context = CONTENT;

  writeText(text: string): void {
    this.#push(text);
    this.#context = advance(this.#context, text);
  }

  writeValue(text: string, safe: 'html' | 'url' | null): void {
    this.#push(escapeFor(this.#context, text, safe));
    if (this.#context.kind === 'attribute') {
      this.#context = { ...this.#context, hasText: true };
    }
  }

  get length(): number {
    return this.#length;
  }

  toString(): string {
    return this.#parts.join('');
  }

  #push(text: string): void {
    this.#parts.push(text);
    this.#length += text.length;
  }
}

function escapeFor(context: Context, text: string, safe: 'html' | 'url' | null): string {
  switch (context.kind) {
    case 'content':
      return safe === 'html' ? text : escapeHtml(text);
    case 'attribute':
      return escapeAttribute(context, text, safe);
    case 'raw':
      return context.element === 'script' ? escapeScript(text) : BLOCKED;
    case 'tag':
      return BLOCKED;
    case 'comment':
      return '';
  }
}

function escapeAttribute(context: Extract<Context, { kind: 'attribute' }>, text: string, safe: 'html' | 'url' | null): string {
  if (/^on/.test(context.name) || context.name === 'srcset' || context.name === 'style') {
    return context.name === 'style' && /^[\w#%., -]*$/.test(text) ? text : BLOCKED;
  }
  const isUrl = URL_ATTRIBUTES.has(context.name);
  const checked = isUrl && safe !== 'url' && !context.hasText && !hasSafeScheme(text) ? BLOCKED : text;
  const escaped = escapeHtml(checked);
  return context.quote === '' ? escaped.replace(/[\s=`]/g, (character) => `&#${character.charCodeAt(0)};`) : escaped;
}

function hasSafeScheme(url: string): boolean {
  const scheme = /^([^/?#]*?):/.exec(url.replace(/[\s\p{Cc}]+/gu, ''))?.[1];
  return scheme === undefined || /^(?:https?|mailto)$/i.test(scheme);
}

/** Escapes the five characters html/template escapes, and NUL. */
export function escapeHtml(text: string): string {
  return text
    .replace(/[&<>"'+\0]/g, (character) => (character === '\0' ? '\ufffd' : `&#${character.charCodeAt(0)};`))
    .replace(/&#(?:38|60|62);/g, (entity) => ({ '&#38;': '&amp;', '&#60;': '&lt;', '&#62;': '&gt;' })[entity] ?? entity);
}

function escapeScript(text: string): string {
  return JSON.stringify(text).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The context after a piece of template text. */
function advance(start: Context, text: string): Context {
  let context = start;
  let rest = text;
  while (rest !== '') {
    const step = STEPS[context.kind](context, rest);
    context = step.context;
    rest = rest.slice(Math.max(step.used, 1));
  }
  return context;
}

interface Step {
  readonly context: Context;
  readonly used: number;
}

const STEPS: Readonly<Record<Context['kind'], (context: Context, rest: string) => Step>> = {
  content: (_context, rest) => leaveContent(rest),
  tag: (context, rest) => (context.kind === 'tag' ? stepInTag(context.name, rest) : stay(context, rest)),
  attribute: (context, rest) => (context.kind === 'attribute' ? stepInAttribute(context, rest) : stay(context, rest)),
  raw: (context, rest) =>
    context.kind === 'raw' ? leaveAt(context, rest, new RegExp(`</${context.element}`, 'i')) : stay(context, rest),
  comment: (context, rest) => leaveAt(context, rest, /-->/),
};

const stay = (context: Context, rest: string): Step => ({ context, used: rest.length });

function leaveAt(context: Context, rest: string, end: RegExp): Step {
  const match = end.exec(rest);
  return match === null ? stay(context, rest) : { context: CONTENT, used: match.index + (match[0] === '-->' ? 3 : 0) };
}

function leaveContent(rest: string): Step {
  const match = /<!--|<\/?([a-zA-Z][^\s/>]*)/.exec(rest);
  if (match === null) {
    return stay(CONTENT, rest);
  }
  const used = match.index + match[0].length;
  if (match[1] === undefined) {
    return { context: { kind: 'comment' }, used };
  }
  return { context: { kind: 'tag', name: `${match[0].startsWith('</') ? '/' : ''}${match[1].toLowerCase()}` }, used };
}

function stepInTag(tag: string, rest: string): Step {
  if (rest.startsWith('>')) {
    return { context: tag === 'script' || tag === 'style' ? { kind: 'raw', element: tag } : CONTENT, used: 1 };
  }
  const attribute = /^([^\s=>/"']+)\s*=\s*(["']?)/.exec(rest);
  if (attribute === null) {
    return { context: { kind: 'tag', name: tag }, used: /^[^\s=>/"']*/.exec(rest)?.[0].length ?? 1 };
  }
  const [matched, name = '', quote = ''] = attribute;
  return { context: { kind: 'attribute', tag, name: name.toLowerCase(), quote, hasText: false }, used: matched.length };
}

function stepInAttribute(context: Extract<Context, { kind: 'attribute' }>, rest: string): Step {
  const end = context.quote === '' ? /[\s>]/.exec(rest) : new RegExp(context.quote).exec(rest);
  if (end === null) {
    return { context: { ...context, hasText: true }, used: rest.length };
  }
  return { context: { kind: 'tag', name: context.tag }, used: end.index + (context.quote === '' ? 0 : 1) };
}
