import type { RE2JS } from 're2js';
import { compileAnchored } from './relabel-config.ts';

/** What a match captured: by number (0 is the whole text) and by name. */
export interface Groups {
  readonly numbered: readonly string[];
  readonly named: Readonly<Record<string, number>>;
}

const REMEMBERED_TEXTS = 10_000;
// Go's Regexp.Expand: $name takes the longest run of letters, digits and underscores; ${name} is explicit; $$ is a dollar.
const REFERENCE = /\$(?:\$|\{(\w+)\}|(\w+))/g;

/** An anchored RE2 regex that remembers its answers: label values repeat, and RE2 in JavaScript is slow against a map lookup. */
export class MemoisedRegex {
  readonly #regex: RE2JS;
  readonly #named: Readonly<Record<string, number>>;
  readonly #answers = new Map<string, Groups | null>();

  constructor(regex: string) {
    this.#regex = compileAnchored(regex);
    this.#named = this.#regex.namedGroups();
  }

  match(text: string): Groups | null {
    const known = this.#answers.get(text);
    if (known !== undefined) {
      return known;
    }
    if (this.#answers.size >= REMEMBERED_TEXTS) {
      this.#answers.clear();
    }
    const answer = this.#match(text);
    this.#answers.set(text, answer);
    return answer;
  }

  #match(text: string): Groups | null {
    const matcher = this.#regex.matcher(text);
    if (!matcher.matches()) {
      return null;
    }
    const numbered = Array.from({ length: matcher.groupCount() + 1 }, (_, index) => matcher.group(index) ?? '');
    return { numbered, named: this.#named };
  }
}

/** Replaces `$1`, `${1}`, `$name`, `${name}` and `$$`; what was not captured becomes the empty string. */
export function expandTemplate(template: string, groups: Groups): string {
  if (!template.includes('$')) {
    return template;
  }
  return template.replace(REFERENCE, (whole, braced: string | undefined, plain: string | undefined) => {
    const name = braced ?? plain;
    if (name === undefined) {
      return whole === '$$' ? '$' : whole;
    }
    const index = /^\d+$/.test(name) ? Number(name) : groups.named[name];
    return index === undefined ? '' : (groups.numbered[index] ?? '');
  });
}
