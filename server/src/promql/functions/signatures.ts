import type { ValueType } from '../ast.ts';

/** Which arguments a function takes. `variadic`: 0 none, n up to n more of the last type (which may be left out), -1 any number. */
export interface FunctionSignature {
  readonly args: readonly ValueType[];
  readonly variadic: number;
  readonly returns: ValueType;
}

type Entry = readonly [names: string, args: readonly ValueType[], options?: { variadic?: number; returns?: ValueType }];

const FAMILIES: readonly Entry[] = [
  ['abs ceil floor exp sqrt ln log2 log10 sgn deg rad', ['vector']],
  ['sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh', ['vector']],
  ['sort sort_desc timestamp absent', ['vector']],
  ['histogram_count histogram_sum histogram_avg histogram_stddev histogram_stdvar', ['vector']],
  ['scalar', ['vector'], { returns: 'scalar' }],
  ['vector', ['scalar']],
  ['min_of max_of', ['scalar', 'scalar'], { returns: 'scalar' }],
  ['time pi start end step range', [], { returns: 'scalar' }],
  ['days_in_month day_of_month day_of_week day_of_year hour minute month year', ['vector'], { variadic: 1 }],
  ['round', ['vector', 'scalar'], { variadic: 1 }],
  ['clamp', ['vector', 'scalar', 'scalar']],
  ['clamp_min clamp_max', ['vector', 'scalar']],
  ['rate increase delta irate idelta resets changes deriv', ['matrix']],
  ['avg_over_time sum_over_time min_over_time max_over_time count_over_time', ['matrix']],
  ['stddev_over_time stdvar_over_time last_over_time first_over_time present_over_time absent_over_time', ['matrix']],
  ['mad_over_time ts_of_first_over_time ts_of_last_over_time ts_of_min_over_time ts_of_max_over_time', ['matrix']],
  ['quantile_over_time', ['scalar', 'matrix']],
  ['predict_linear', ['matrix', 'scalar']],
  ['double_exponential_smoothing', ['matrix', 'scalar', 'scalar']],
  ['histogram_quantile', ['scalar', 'vector']],
  ['histogram_quantiles', ['vector', 'string', 'scalar', 'scalar'], { variadic: 9 }],
  ['histogram_fraction', ['scalar', 'scalar', 'vector']],
  ['label_replace', ['vector', 'string', 'string', 'string', 'string']],
  ['label_join', ['vector', 'string', 'string', 'string'], { variadic: -1 }],
  ['sort_by_label sort_by_label_desc', ['vector', 'string'], { variadic: -1 }],
];

const SIGNATURES: ReadonlyMap<string, FunctionSignature> = new Map(
  FAMILIES.flatMap(([names, args, options]) =>
    names
      .split(' ')
      .map((name) => [name, { args, variadic: options?.variadic ?? 0, returns: options?.returns ?? 'vector' }] as const),
  ),
);

/** The signature of a supported function, or `undefined`. */
export function functionSignature(name: string): FunctionSignature | undefined {
  return SIGNATURES.get(name);
}

/** The names of all supported functions. */
export function functionNames(): readonly string[] {
  return [...SIGNATURES.keys()].sort();
}

/** Functions of Prometheus that are not here. */
const KNOWN_ELSEWHERE: ReadonlySet<string> = new Set(['info', 'start_timestamp']);

/** Whether Prometheus has a function of this name, supported here or not. */
export function isFunction(name: string): boolean {
  return SIGNATURES.has(name) || KNOWN_ELSEWHERE.has(name);
}
