import * as fc from 'fast-check';

const name = fc.constantFrom('g', 'c_total', 'h_bucket', 'rare', 'pushed', 'gone');
const matcher = fc.constantFrom('', '', '{job="x"}', '{job!="y"}', '{i=~"[0-3]"}', '{nope=""}', '{job="z"}', '{le=~".+"}');
const offset = fc.constantFrom('', '', '', '', ' offset 45s', ' offset 6m', ' offset -30s');
const selector = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(name, matcher, offset).map((parts) => parts.join('')) },
  { weight: 1, arbitrary: fc.constantFrom('{__name__=~"g|rare",i="0"}', 'g @ 1700006700', '{job="x"}') },
);
const range = fc.oneof(
  {
    weight: 12,
    arbitrary: fc
      .tuple(name, matcher, fc.constantFrom('30s', '1m', '95s', '2m', '3m', '5m'), offset)
      .map(([metric, labels, length, shift]) => `${metric}${labels}[${length}]${shift}`),
  },
  { weight: 1, arbitrary: fc.constantFrom('sum by (job) (g)[2m:30s]', '(g + 1)[1m:]', 'c_total[2m] @ 1700006700') },
);
const windowFunction = fc.oneof(
  fc.constantFrom('rate', 'rate', 'increase', 'delta', 'irate', 'idelta', 'resets', 'changes', 'deriv'),
  fc.constantFrom('sum_over_time', 'avg_over_time', 'min_over_time', 'max_over_time', 'count_over_time', 'last_over_time'),
  fc.constantFrom('first_over_time', 'present_over_time', 'absent_over_time', 'stddev_over_time', 'mad_over_time'),
);
const labelList = fc.constantFrom('job', 'i', 'job, i', '', 'le', 'le, job', '__name__');
const grouping = fc.tuple(fc.constantFrom('by', 'without'), labelList).map(([kind, labels]) => `${kind} (${labels})`);
const aggregator = fc.constantFrom('sum', 'avg', 'min', 'max', 'count', 'group', 'stddev', 'stdvar');
// Few of equal rank are chosen by the order of series, which no store promises: all are asked for, or none.
const ranker = fc.constantFrom(
  'topk(99,',
  'bottomk(99,',
  'quantile(0.3,',
  'quantile(1.5,',
  'limitk(99,',
  'count_values("v",',
  'topk(0,',
);
const operator = fc.oneof(
  fc.constantFrom('+', '-', '*', '/', '%', '^', 'atan2', '==', '!=', '> bool', '<', '>='),
  fc.constantFrom('and', 'or', 'unless', 'and on (job)', 'unless on (job, i)', 'or on (i)', 'and ignoring (i)'),
  fc.constantFrom(
    '- on (job, i)',
    '* on (job) group_left ()',
    '/ on (job, i) group_right (le)',
    '+ ignoring (le) group_left (nope)',
  ),
  fc.constantFrom('> on (job, i) group_left ()', '== ignoring (le)', '+ on (i) group_left (job)'),
);
const scalarTail = fc.constantFrom(
  '+ 1',
  '> 10',
  '> bool 3',
  '^ 2',
  '< 40',
  '- time()',
  '* scalar(g{i="1",job="x"})',
  '% 7',
  '!= 3',
);
const wrapper = fc.constantFrom(
  '-(E)',
  '+(E)',
  'abs(E)',
  'absent(E)',
  'timestamp(E)',
  'round(E, 0.5)',
  'clamp(E, 2, 30)',
  'ceil(E)',
  'hour(E)',
  'sort_desc(E)',
  'vector(scalar(E))',
  'label_replace(E, "job", "w$1", "i", "([0-9]).*")',
  'label_replace(E, "i", "same", "job", "x")',
  'label_join(E, "i", "-", "job", "i")',
  'histogram_quantile(0.9, E)',
  'histogram_quantile(1.2, E)',
  'histogram_fraction(0, 2, E)',
  'sort_by_label(E, "i")',
  '2 * E',
  '5 < E',
);

/** Expressions over what `RandomStore` writes: every operator and function that plans know, and what they leave to the engine. */
export const { expression } = fc.letrec<{ expression: string }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 4 },
    selector,
    fc.tuple(windowFunction, range).map(([call, arg]) => `${call}(${arg})`),
    fc.tuple(fc.constantFrom('0.3', '-1', 'scalar(g)'), range).map(([q, arg]) => `quantile_over_time(${q}, ${arg})`),
    range.map((arg) => `predict_linear(${arg}, 60)`),
    fc.tuple(aggregator, grouping, tie('expression')).map(([op, by, arg]) => `${op} ${by} (${arg})`),
    fc.tuple(ranker, grouping, tie('expression')).map(([op, by, arg]) => `${op} ${arg}) ${by}`),
    fc.tuple(tie('expression'), operator, tie('expression')).map(([left, op, right]) => `(${left}) ${op} (${right})`),
    fc.tuple(tie('expression'), scalarTail).map(([left, rest]) => `(${left}) ${rest}`),
    fc.tuple(wrapper, tie('expression')).map(([outer, inner]) => outer.replace('E', () => `(${inner})`)),
  ),
}));
