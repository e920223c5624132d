import { type Labels, METRIC_NAME } from '../../model/labels.ts';

/** By which labels series belong together: only those named (`by`, `on`) or all but those named (`without`, `ignoring`). */
export interface LabelSelection {
  readonly names: readonly string[];
  readonly isWithout: boolean;
}

/** All labels but the given ones and the metric name. */
export function allButNameAnd(names: readonly string[]): LabelSelection {
  return { names: [...names, METRIC_NAME], isWithout: true };
}

class Node {
  readonly children = new Map<string, Node>();
  /** The number of the group that ends here, -1 when none does. */
  group = -1;
}

/**
 * Numbers groups of series that agree in the selected labels, from 0 up in order of first appearance. Walks a tree of label
 * values, so no text is put together for any series.
 */
export class LabelGroups {
  readonly #selection: LabelSelection;
  readonly #root = new Node();
  /** For `without`: the tree of one list of label names, which neighbouring series mostly share. */
  #shape: readonly string[] = [];
  #shapeKept: readonly number[] = [];
  #shapeRoot = this.#root;
  #size = 0;

  constructor(selection: LabelSelection) {
    this.#selection = selection;
  }

  get size(): number {
    return this.#size;
  }

  /** The number of the series' group, a new one when there is none yet. */
  number(labels: Labels): number {
    const node = this.#selection.isWithout ? this.#nodeWithout(labels) : this.#nodeBy(labels);
    if (node.group < 0) {
      node.group = this.#size;
      this.#size += 1;
    }
    return node.group;
  }

  /** The labels the members of the series' group share. */
  shared(labels: Labels): Labels {
    const { names, isWithout } = this.#selection;
    return isWithout ? labels.without(names) : labels.only(names);
  }

  #nodeBy(labels: Labels): Node {
    const { names } = this.#selection;
    let node = this.#root;
    for (let i = 0; i < names.length; i += 1) {
      node = child(node, labels.get(names[i] ?? ''));
    }
    return node;
  }

  #nodeWithout(labels: Labels): Node {
    const { names, values } = labels;
    if (!isShape(names, this.#shape)) {
      this.#setShape(names);
    }
    let node = this.#shapeRoot;
    const kept = this.#shapeKept;
    for (let i = 0; i < kept.length; i += 1) {
      node = child(node, values[kept[i] ?? 0] ?? '');
    }
    return node;
  }

  #setShape(shape: readonly string[]): void {
    const { names } = this.#selection;
    const kept: number[] = [];
    let node = this.#root;
    for (const [i, name] of shape.entries()) {
      if (!names.includes(name)) {
        kept.push(i);
        node = child(node, name);
      }
    }
    // No name can be empty, so the values of a shape never mix with the names of a longer one.
    this.#shapeRoot = child(node, '');
    this.#shape = shape;
    this.#shapeKept = kept;
  }
}

/** The series of a metric mostly hold one array of names. */
function isShape(names: readonly string[], shape: readonly string[]): boolean {
  if (names.length !== shape.length || names.length === 0) {
    return false;
  }
  return names === shape || names.every((name, i) => name === shape[i]);
}

function child(node: Node, key: string): Node {
  const known = node.children.get(key);
  if (known !== undefined) {
    return known;
  }
  const fresh = new Node();
  node.children.set(key, fresh);
  return fresh;
}
