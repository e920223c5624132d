/** The syntax tree of a Go template. `offset` is where the node starts in the template's text. */
export type Node =
  | { readonly kind: 'text'; readonly text: string; readonly offset: number }
  | { readonly kind: 'action'; readonly pipe: Pipe; readonly offset: number }
  | Branch
  | { readonly kind: 'template'; readonly name: string; readonly pipe: Pipe | null; readonly offset: number }
  | { readonly kind: 'break'; readonly offset: number }
  | { readonly kind: 'continue'; readonly offset: number };

export interface Branch {
  readonly kind: 'if' | 'with' | 'range';
  readonly pipe: Pipe;
  readonly body: readonly Node[];
  readonly otherwise: readonly Node[];
  readonly offset: number;
}

/** `$a, $b := command | command`; `assigns` tells `=` from `:=`. */
export interface Pipe {
  readonly variables: readonly string[];
  readonly assigns: boolean;
  readonly commands: readonly Command[];
  readonly offset: number;
}

export interface Command {
  readonly operands: readonly Operand[];
  readonly offset: number;
}

export type Operand =
  | { readonly kind: 'literal'; readonly value: string | number | bigint | boolean; readonly offset: number }
  | { readonly kind: 'nil'; readonly offset: number }
  | { readonly kind: 'dot'; readonly offset: number }
  | { readonly kind: 'function'; readonly name: string; readonly offset: number }
  /** `.a.b` (base null: the dot), `$x.a`, `(pipe).a`. */
  | { readonly kind: 'path'; readonly base: PathBase | null; readonly fields: readonly string[]; readonly offset: number }
  | { readonly kind: 'pipe'; readonly pipe: Pipe; readonly offset: number };

export type PathBase = { readonly kind: 'variable'; readonly name: string } | { readonly kind: 'pipe'; readonly pipe: Pipe };

/** One parsed text: its main body and what it defines. */
export interface ParsedTemplate {
  readonly name: string;
  readonly text: string;
  readonly body: readonly Node[];
}
