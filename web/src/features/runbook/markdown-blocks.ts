/** A block of the little Markdown that runbooks use. Anything else is a paragraph of plain text. */
export type Block =
  | { readonly kind: 'heading'; readonly level: number; readonly text: string }
  | { readonly kind: 'list'; readonly ordered: boolean; readonly items: readonly string[] }
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'paragraph'; readonly text: string };

const HEADING = /^(#{1,6})\s+(.*)$/;
const ITEM = /^(?:[-*]|(\d+)\.)\s+(.*)$/;
const FENCE = /^```/;

/** Headings, lists, fenced code and paragraphs; an indented line continues the item or paragraph before it. */
export function markdownBlocks(text: string): readonly Block[] {
  const lines = text.replaceAll('\r\n', '\n').split('\n');
  const blocks: Block[] = [];
  for (let at = 0; at < lines.length; ) {
    const [block, next] = readBlock(lines, at);
    if (block !== null) {
      blocks.push(block);
    }
    at = next;
  }
  return blocks;
}

function readBlock(lines: readonly string[], at: number): [Block | null, number] {
  const line = lines[at] ?? '';
  const heading = HEADING.exec(line);
  if (line.trim() === '') {
    return [null, at + 1];
  }
  if (heading !== null) {
    return [{ kind: 'heading', level: heading[1]?.length ?? 1, text: heading[2] ?? '' }, at + 1];
  }
  if (FENCE.test(line)) {
    const end = lines.findIndex((other, index) => index > at && FENCE.test(other));
    const last = end === -1 ? lines.length : end;
    return [{ kind: 'code', text: lines.slice(at + 1, last).join('\n') }, last + 1];
  }
  return ITEM.test(line) ? readList(lines, at) : readParagraph(lines, at);
}

function readList(lines: readonly string[], start: number): [Block, number] {
  const items: string[] = [];
  const ordered = ITEM.exec(lines[start] ?? '')?.[1] !== undefined;
  let at = start;
  for (; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    const item = ITEM.exec(line);
    if (item !== null) {
      items.push(item[2] ?? '');
    } else if (/^\s+\S/.test(line)) {
      items.push(`${items.pop() ?? ''} ${line.trim()}`);
    } else {
      break;
    }
  }
  return [{ kind: 'list', ordered, items }, at];
}

function readParagraph(lines: readonly string[], start: number): [Block, number] {
  const ends = (line: string) => line.trim() === '' || HEADING.test(line) || FENCE.test(line) || ITEM.test(line);
  const end = lines.findIndex((line, index) => index > start && ends(line));
  const last = end === -1 ? lines.length : end;
  return [
    {
      kind: 'paragraph',
      text: lines
        .slice(start, last)
        .map((line) => line.trim())
        .join(' '),
    },
    last,
  ];
}
