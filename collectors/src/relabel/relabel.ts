import { createHash } from 'node:crypto';
import type { LabelSet } from '@tila/contract/labels.ts';
import { expandTemplate, type Groups, MemoisedRegex } from './memoised-regex.ts';
import type { RelabelConfig } from './relabel-config.ts';

/** A label set being rewritten. An empty value means the label does not exist. */
class LabelsBuilder {
  readonly labels: Map<string, string>;

  constructor(labels: LabelSet) {
    this.labels = new Map(Object.entries(labels));
  }

  get(name: string): string {
    return this.labels.get(name) ?? '';
  }

  set(name: string, value: string): void {
    if (value === '' || name === '__proto__') {
      this.labels.delete(name);
    } else {
      this.labels.set(name, value);
    }
  }
}

interface Step {
  readonly config: RelabelConfig;
  readonly regex: MemoisedRegex;
}

/** False drops the series. */
type Act = (builder: LabelsBuilder, step: Step, joined: string) => boolean;

const always = (run: (builder: LabelsBuilder, step: Step, joined: string) => void): Act => {
  return (builder, step, joined) => {
    run(builder, step, joined);
    return true;
  };
};

const target = (step: Step): string => step.config.target_label ?? '';

const ACTIONS: Readonly<Record<RelabelConfig['action'], Act>> = {
  replace: always(replace),
  keep: (_, step, joined) => step.regex.match(joined) !== null,
  drop: (_, step, joined) => step.regex.match(joined) === null,
  keepequal: (builder, step, joined) => builder.get(target(step)) === joined,
  dropequal: (builder, step, joined) => builder.get(target(step)) !== joined,
  hashmod: always((builder, step, joined) => builder.set(target(step), hashModulo(joined, step.config.modulus ?? 1))),
  labelmap: always(mapLabels),
  labeldrop: always((builder, step) => deleteLabels(builder, (name) => step.regex.match(name) !== null)),
  labelkeep: always((builder, step) => deleteLabels(builder, (name) => step.regex.match(name) === null)),
  lowercase: always((builder, step, joined) => builder.set(target(step), joined.toLowerCase())),
  uppercase: always((builder, step, joined) => builder.set(target(step), joined.toUpperCase())),
};

/** Prometheus' relabelling (`model/relabel`): the steps in order, each seeing what the one before left. */
export class Relabeler {
  readonly #steps: readonly Step[];

  constructor(configs: readonly RelabelConfig[]) {
    this.#steps = configs.map((config) => ({ config, regex: new MemoisedRegex(config.regex) }));
  }

  /** The rewritten labels, or null when a step drops the series. The given object comes back when there are no steps. */
  apply(labels: LabelSet): LabelSet | null {
    if (this.#steps.length === 0) {
      return labels;
    }
    const builder = new LabelsBuilder(labels);
    for (const step of this.#steps) {
      const joined = step.config.source_labels.map((name) => builder.get(name)).join(step.config.separator);
      if (!ACTIONS[step.config.action](builder, step, joined)) {
        return null;
      }
    }
    return Object.fromEntries(builder.labels);
  }
}

function replace(builder: LabelsBuilder, step: Step, joined: string): void {
  const groups = step.regex.match(joined);
  if (groups === null) {
    return;
  }
  const name = expandTemplate(target(step), groups);
  if (name !== '') {
    builder.set(name, expandTemplate(step.config.replacement, groups));
  }
}

function mapLabels(builder: LabelsBuilder, step: Step): void {
  for (const [name, value] of [...builder.labels]) {
    const groups: Groups | null = step.regex.match(name);
    if (groups !== null) {
      builder.set(expandTemplate(step.config.replacement, groups), value);
    }
  }
}

function deleteLabels(builder: LabelsBuilder, isUnwanted: (name: string) => boolean): void {
  for (const name of [...builder.labels.keys()]) {
    if (isUnwanted(name)) {
      builder.labels.delete(name);
    }
  }
}

/** The last 8 bytes of the MD5 sum, big-endian, as Prometheus takes them. */
function hashModulo(text: string, modulus: number): string {
  const low = createHash('md5').update(text, 'utf8').digest().readBigUInt64BE(8);
  return String(low % BigInt(modulus));
}
