import { RE2JS } from 're2js';
import { type Labels, METRIC_NAME } from '../../model/labels.ts';
import { ABSENT } from '../../model/sample.ts';
import type { Call } from '../ast.ts';
import { EvaluationError } from '../errors.ts';
import { type EvaluationContext, RowBuilder, type VectorValue } from '../evaluate/values.ts';
import { argument, type FunctionImplementation, type FunctionTable, stringArgument } from './function-table.ts';

/** Functions that rewrite labels and leave points alone. */
export const labelFunctions: FunctionTable = new Map<string, FunctionImplementation>([
  ['label_replace', labelReplace],
  ['label_join', labelJoin],
]);

function labelReplace(context: EvaluationContext, call: Call): VectorValue {
  const target = stringArgument(call, 1);
  const template = parseTemplate(stringArgument(call, 2));
  const source = stringArgument(call, 3);
  const pattern = compile(stringArgument(call, 4));
  checkLabelName(target, 'destination', 'label_replace');
  return relabel(context, call, {
    target,
    newValue: (labels) => {
      const matcher = pattern.matcher(labels.get(source));
      if (!matcher.matches()) {
        return null;
      }
      return template.map((part) => (typeof part === 'string' ? part : groupText(matcher, part.group)));
    },
  });
}

function labelJoin(context: EvaluationContext, call: Call): VectorValue {
  const target = stringArgument(call, 1);
  const separator = stringArgument(call, 2);
  const sources = call.args.slice(3).map((_, index) => stringArgument(call, index + 3));
  for (const source of sources) {
    checkLabelName(source, 'source', 'label_join');
  }
  checkLabelName(target, 'destination', 'label_join');
  return relabel(context, call, {
    target,
    newValue: (labels) =>
      joined(
        sources.map((name) => labels.get(name)),
        separator,
      ),
  });
}

interface Relabelling {
  readonly target: string;
  /** The parts of the new value, or `null` to leave the series as it is. */
  readonly newValue: (labels: Labels) => readonly string[] | null;
}

/** What a label takes in a label set beside its text, roughly. */
const LABEL_BYTES = 8;
/** As much text as is worth a look by itself. */
const LONG_TEXT = 4_096;
/** Looking for a cancellation costs less than a label, so it is done often. */
const CHECKPOINT_MASK = 63;

function relabel(context: EvaluationContext, call: Call, { target, newValue }: Relabelling): VectorValue {
  const input = context.vector(argument(call, 0));
  const dropName = [...input.dropName];
  const labels = input.labels.map((series, row) => {
    if ((row & CHECKPOINT_MASK) === 0) {
      context.checkpoint();
    }
    const parts = newValue(series);
    if (parts === null) {
      return series;
    }
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    // Before the text is made: a short query can ask for very much of it.
    context.countText(length + series.size * LABEL_BYTES);
    if (length > LONG_TEXT) {
      context.checkpoint();
    }
    const value = parts.join('');
    if (target === METRIC_NAME) {
      dropName[row] = false;
    }
    return series.with({ [target]: value });
  });
  return mergeRows({ ...input, labels, dropName }, context.grid.steps);
}

/** Joins rows that now have the same labels. @throws EvaluationError when two have a point at one step. */
export function mergeRows(value: VectorValue, steps: number): VectorValue {
  if (new Set(value.labels.map((labels) => labels.key)).size === value.labels.length) {
    return value;
  }
  const builder = new RowBuilder(steps);
  for (const [row, labels] of value.labels.entries()) {
    const target = builder.row(labels, value.dropName[row] ?? false);
    for (let step = 0; step < steps; step += 1) {
      const point = value.data[row * steps + step] ?? ABSENT;
      if (point !== ABSENT) {
        builder.put(target, step, point);
      }
    }
  }
  return builder.build();
}

function compile(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern, RE2JS.DOTALL);
  } catch (cause) {
    throw new EvaluationError(`invalid regular expression in label_replace(): ${pattern}`, { cause });
  }
}

function checkLabelName(name: string, role: string, callee: string): void {
  if (name === '' || !name.isWellFormed()) {
    throw new EvaluationError(`invalid ${role} label name in ${callee}(): ${name}`);
  }
}

function groupText(matcher: ReturnType<RE2JS['matcher']>, group: string): string {
  if (/^\d+$/.test(group)) {
    const index = Number(group);
    return index <= matcher.groupCount() ? (matcher.group(index) ?? '') : '';
  }
  try {
    return matcher.group(group) ?? '';
  } catch {
    // RE2 expands the name of a group that does not exist to nothing.
    return '';
  }
}

type TemplatePart = string | { readonly group: string };

/** Go's Regexp.Expand: `$1`, `$name`, `${name}`, `$$`; the longest run of word characters is the name. */
function parseTemplate(template: string): readonly TemplatePart[] {
  const parts: TemplatePart[] = [];
  let at = 0;
  for (const found of template.matchAll(/\$(?:\$|(\w+)|\{(\w+)\})/g)) {
    const [all, bare, braced] = found;
    const group = bare ?? braced;
    parts.push(template.slice(at, found.index), group === undefined ? '$' : { group });
    at = found.index + all.length;
  }
  return [...parts, template.slice(at)];
}

function joined(values: readonly string[], separator: string): readonly string[] {
  return values.flatMap((value, index) => (index === 0 ? [value] : [separator, value]));
}
