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
  const template = stringArgument(call, 2);
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
      return expand(template, (group) => groupText(matcher, group));
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
  return relabel(context, call, { target, newValue: (labels) => sources.map((name) => labels.get(name)).join(separator) });
}

interface Relabelling {
  readonly target: string;
  /** The new value, or `null` to leave the series as it is. */
  readonly newValue: (labels: Labels) => string | null;
}

function relabel(context: EvaluationContext, call: Call, { target, newValue }: Relabelling): VectorValue {
  const input = context.vector(argument(call, 0));
  const dropName = [...input.dropName];
  const labels = input.labels.map((series, row) => {
    const value = newValue(series);
    if (value === null) {
      return series;
    }
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

/** Go's Regexp.Expand: `$1`, `$name`, `${name}`, `$$`; the longest run of word characters is the name. */
function expand(template: string, groupOf: (group: string) => string): string {
  return template.replace(/\$(?:\$|(\w+)|\{(\w+)\})/g, (all, bare: string | undefined, braced: string | undefined) =>
    all === '$$' ? '$' : groupOf(bare ?? braced ?? ''),
  );
}
