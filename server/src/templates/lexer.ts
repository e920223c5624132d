import { errorAt } from './template-error.ts';

export type TokenKind =
  | 'text'
  | 'open'
  | 'close'
  | 'space'
  | 'field'
  | 'variable'
  | 'identifier'
  | 'keyword'
  | 'string'
  | 'raw string'
  | 'character'
  | 'number'
  | 'bool'
  | 'nil'
  | 'dot'
  | 'pipe'
  | '('
  | ')'
  | ','
  | ':='
  | '='
  | 'end of template';

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly offset: number;
}

const KEYWORDS = new Set(['block', 'break', 'continue', 'define', 'else', 'end', 'if', 'range', 'template', 'with']);
const COMMENT = /\{\{(?:-\s)?\s*\/\*([\s\S]*?)\*\/(?:\s+-)?\}\}/y;

const PATTERNS: readonly (readonly [TokenKind, RegExp])[] = [
  ['space', /[ \t\r\n]+/y],
  [':=', /:=/y],
  ['=', /=/y],
  ['pipe', /\|/y],
  ['(', /\(/y],
  [')', /\)/y],
  [',', /,/y],
  ['string', /"(?:\\.|[^"\\\n])*"/y],
  ['raw string', /`[^`]*`/y],
  ['character', /'(?:\\.|[^'\\\n])+'/y],
  ['number', /[+-]?(?:0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?)/y],
  ['field', /\.[\p{L}_][\p{L}\p{N}_]*/uy],
  ['dot', /\./y],
  ['variable', /\$[\p{L}\p{N}_]*/uy],
  ['identifier', /[\p{L}_][\p{L}\p{N}_]*/uy],
];

/** Splits a Go template into tokens; trim markers are already applied to the text tokens. @throws TemplateError */
export function lex(template: string, text: string): readonly Token[] {
  const tokens: Token[] = [];
  let offset = 0;
  let trimNext = false;
  while (offset < text.length) {
    const open = text.indexOf('{{', offset);
    const end = open < 0 ? text.length : open;
    pushText(tokens, {
      raw: text.slice(offset, end),
      offset,
      trimStart: trimNext,
      trimEnd: open >= 0 && hasLeftTrim(text, open),
    });
    trimNext = false;
    if (open < 0) {
      break;
    }
    const action = isComment(text, open) ? lexComment(template, text, open) : lexAction(template, text, open);
    tokens.push(...action.tokens);
    trimNext = action.trimsRight;
    offset = action.end;
  }
  tokens.push({ kind: 'end of template', text: '', offset: text.length });
  return tokens;
}

interface LexedAction {
  readonly tokens: readonly Token[];
  readonly end: number;
  readonly trimsRight: boolean;
}

function hasLeftTrim(text: string, open: number): boolean {
  return /^-[ \t\r\n]/.test(text.slice(open + 2, open + 4));
}

interface TextPiece {
  readonly raw: string;
  readonly offset: number;
  readonly trimStart: boolean;
  readonly trimEnd: boolean;
}

function pushText(tokens: Token[], { raw, offset, trimStart, trimEnd }: TextPiece): void {
  const left = trimStart ? raw.replace(/^[ \t\r\n]+/, '') : raw;
  const kept = trimEnd ? left.replace(/[ \t\r\n]+$/, '') : left;
  if (kept !== '') {
    tokens.push({ kind: 'text', text: kept, offset });
  }
}

function isComment(text: string, open: number): boolean {
  return /^(?:-[ \t\r\n]+)?\/\*/.test(text.slice(open + 2, open + 200));
}

function lexComment(template: string, text: string, open: number): LexedAction {
  COMMENT.lastIndex = open;
  const match = COMMENT.exec(text);
  if (match === null) {
    throw errorAt({ template, text, offset: open }, 'unclosed comment, or a comment that does not fill its action');
  }
  return { tokens: [], end: open + match[0].length, trimsRight: match[0].endsWith('-}}') };
}

function lexAction(template: string, text: string, open: number): LexedAction {
  const tokens: Token[] = [{ kind: 'open', text: '{{', offset: open }];
  let offset = open + 2 + (hasLeftTrim(text, open) ? 1 : 0);
  for (;;) {
    const close = /[ \t\r\n]+-\}\}|\}\}/y;
    close.lastIndex = offset;
    const closing = close.exec(text);
    if (closing !== null) {
      tokens.push({ kind: 'close', text: '}}', offset });
      return { tokens, end: offset + closing[0].length, trimsRight: closing[0].length > 2 };
    }
    const token = lexToken(template, text, offset);
    tokens.push(token);
    offset += token.text.length;
  }
}

function lexToken(template: string, text: string, offset: number): Token {
  for (const [kind, pattern] of PATTERNS) {
    pattern.lastIndex = offset;
    const match = pattern.exec(text);
    if (match !== null) {
      return { kind: kind === 'identifier' ? wordKind(match[0]) : kind, text: match[0], offset };
    }
  }
  throw errorAt({ template, text, offset }, describeBadInput(text, offset));
}

function wordKind(word: string): TokenKind {
  if (KEYWORDS.has(word)) {
    return 'keyword';
  }
  if (word === 'true' || word === 'false') {
    return 'bool';
  }
  return word === 'nil' ? 'nil' : 'identifier';
}

function describeBadInput(text: string, offset: number): string {
  const character = text[offset];
  switch (character) {
    case undefined:
      return 'unclosed action: add }}';
    case '"':
      return 'unterminated quoted string';
    case '`':
      return 'unterminated raw quoted string';
    case "'":
      return 'unterminated character constant';
    default:
      return `unexpected ${JSON.stringify(character)} in action`;
  }
}
