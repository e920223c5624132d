import { isTranscendental } from './compare-responses.ts';
import type { Random } from './random.ts';

const METRICS = [
  'requests_total',
  'temperature',
  'wild',
  'queue_length',
  'latency_seconds_bucket',
  'latency_seconds_count',
  'latency_seconds_sum',
  'limit',
  'capacity',
  'build_info',
  'sparse',
  'nothing_here',
];
const LABELS = ['job', 'instance', 'code', 'zone', 'le', 'version', 'tier'];
const MATCHERS = [
  'job="api"',
  'job!="db"',
  'job=~"a.+|web"',
  'job!~"w.*"',
  'instance="a:1"',
  'instance=~"[ab]:1"',
  'code=~"4..|5.."',
  'code!="200"',
  'zone=""',
  'zone!=""',
  'le="+Inf"',
  'version="2"',
];
const DURATIONS = ['15s', '30s', '1m', '90s', '2m', '5m', '7m30s', '10m'];
const NUMBERS = ['0', '1', '2', '-1', '0.5', '3.7', '100', '1e3', 'NaN', 'Inf', '-Inf', '0x10', '1m', '-0.25'];
const SIMPLE =
  'abs ceil floor exp sqrt ln log2 log10 sgn deg rad sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh'.split(' ');
const CALENDAR = 'days_in_month day_of_month day_of_week day_of_year hour minute month year'.split(' ');
const RANGE = (
  'rate increase delta irate idelta resets changes deriv avg_over_time sum_over_time min_over_time max_over_time ' +
  'count_over_time stddev_over_time stdvar_over_time last_over_time present_over_time absent_over_time first_over_time'
).split(' ');
const AGGREGATIONS = 'sum avg min max count group stddev stdvar'.split(' ');
const ARITHMETIC = ['+', '-', '*', '/', '%', '^', 'atan2'];
const COMPARISONS = ['==', '!=', '<', '>', '<=', '>='];

/** A remainder of a large number makes a visible difference of the last digit in which Go's and JavaScript's functions differ. */
function magnifiesLastDigit(expr: string): boolean {
  return / % /.test(expr) && isTranscendental(expr);
}

/** Expressions of the right types, as deep as `depth`, over the metrics of the generated data. */
export class QueryGenerator {
  readonly #random: Random;
  readonly #startSeconds: number;
  readonly #minutes: number;

  constructor(random: Random, { startMs, minutes }: { readonly startMs: number; readonly minutes: number }) {
    this.#random = random;
    this.#startSeconds = startMs / 1000;
    this.#minutes = minutes;
  }

  query(): string {
    const expr = this.#random.chance(0.04) ? this.#scalar(2) : this.#vector(this.#random.integer(1, 4));
    return magnifiesLastDigit(expr) ? this.query() : expr;
  }

  #vector(depth: number): string {
    if (depth <= 0) {
      return this.#selector();
    }
    const make = this.#random.pick([
      () => this.#selector(),
      () => this.#perValue(depth),
      () => this.#overRange(depth),
      () => this.#overRange(depth),
      () => this.#aggregation(depth),
      () => this.#aggregation(depth),
      () => this.#withScalar(depth),
      () => this.#binary(depth),
      () => this.#binary(depth),
      () => this.#special(depth),
    ]);
    return make();
  }

  #selector(): string {
    const matchers = this.#random.some(MATCHERS, 0.06);
    const braces = matchers.length === 0 ? '' : `{${matchers.join(',')}}`;
    return `${this.#random.pick(METRICS)}${braces}${this.#modifiers()}`;
  }

  #modifiers(): string {
    const offset = this.#random.chance(0.08) ? ` offset ${this.#random.pick(['1m', '-1m', '5m', '37s', '(2m-15s)'])}` : '';
    const time = this.#startSeconds + this.#random.integer(0, this.#minutes * 60);
    const at = this.#random.chance(0.06) ? ` @ ${this.#random.pick([String(time), 'start()', 'end()'])}` : '';
    return this.#random.chance(0.5) ? offset + at : at + offset;
  }

  #matrix(depth: number): string {
    const { pick, chance } = this.#bound();
    if (chance(0.75)) {
      const selector = this.#selector();
      const [, plain = selector, modifiers = ''] = /^(.*?)((?: offset .*| @ .*)?)$/.exec(selector) ?? [];
      return `${plain}[${pick(DURATIONS)}]${modifiers}`;
    }
    const step = pick(['', '15s', '30s', '1m', '45s']);
    return `${this.#operand(depth - 1)}[${pick(DURATIONS)}:${step}]${this.#modifiers()}`;
  }

  /** Something that may stand before brackets. */
  #operand(depth: number): string {
    const expr = this.#vector(depth);
    return /^[a-z_]+(\{[^}]*\})?$/.test(expr) || /^[a-z_0-9]+\([^()]*\)$/.test(expr) ? expr : `(${expr})`;
  }

  #scalar(depth: number): string {
    const { pick, chance } = this.#bound();
    if (depth <= 0 || chance(0.5)) {
      return pick(NUMBERS);
    }
    return pick([
      () => `scalar(${this.#vector(depth - 1)})`,
      () => 'time()',
      () => 'pi()',
      () => `(${this.#scalar(depth - 1)} ${pick(ARITHMETIC)} ${this.#scalar(depth - 1)})`,
      () => `(${this.#scalar(depth - 1)} ${pick(COMPARISONS)} bool ${this.#scalar(depth - 1)})`,
      () => `-${pick(['time()', '3', 'pi()'])}`,
    ])();
  }

  #perValue(depth: number): string {
    const { pick } = this.#bound();
    const inner = this.#vector(depth - 1);
    return pick([
      () => `${pick(SIMPLE)}(${inner})`,
      () => `${pick(CALENDAR)}(${inner})`,
      () => `round(${inner}${pick(['', `, ${this.#scalar(1)}`])})`,
      () => `clamp(${inner}, ${this.#scalar(1)}, ${this.#scalar(1)})`,
      () => `clamp_min(${inner}, ${this.#scalar(1)})`,
      () => `clamp_max(${inner}, ${this.#scalar(1)})`,
      // Less the beginning of the data: the variance of numbers that are nearly equal depends on the order of their sum.
      () => `(timestamp(${inner}) - ${this.#startSeconds})`,
      () => `-(${inner})`,
      () => `sort(${inner})`,
    ])();
  }

  #overRange(depth: number): string {
    const { pick } = this.#bound();
    const matrix = this.#matrix(depth);
    return pick([
      () => `${pick(RANGE)}(${matrix})`,
      () => `${pick(RANGE)}(${matrix})`,
      () => `${pick(RANGE)}(${matrix})`,
      () => `quantile_over_time(${pick(['0', '0.5', '0.9', '1', '1.5', '-1', 'NaN'])}, ${matrix})`,
      () => `predict_linear(${matrix}, ${pick(['60', '3600', '-30'])})`,
    ])();
  }

  #aggregation(depth: number): string {
    const { pick, chance } = this.#bound();
    const labels = this.#random.some(LABELS, 0.3).join(', ');
    const grouping = pick(['', ` by (${labels}) `, ` without (${labels}) `]);
    const inner = this.#vector(depth - 1);
    if (chance(0.7)) {
      return `${pick(AGGREGATIONS)}${grouping}(${inner})`;
    }
    return pick([
      () => `quantile${grouping}(${pick(['0', '0.3', '0.95', '1', '2'])}, ${inner})`,
      // Rounded, because a value becomes a label with all its digits, and the last one of a sine is nobody's.
      () => `count_values${grouping}("value", round(${inner}, 0.01))`,
      // Which of equal values is taken depends on the order in the store, so only what has no equals is ranked.
      () => `topk${grouping}(${pick(['1', '2', '3', '100'])}, temperature)`,
      () => `bottomk${grouping}(${pick(['1', '2', '5'])}, temperature)`,
    ])();
  }

  #withScalar(depth: number): string {
    const { pick, chance } = this.#bound();
    const operator = chance(0.5) ? pick(ARITHMETIC) : `${pick(COMPARISONS)}${pick(['', ' bool'])}`;
    const [vector, scalar] = [`(${this.#vector(depth - 1)})`, this.#scalar(2)];
    return chance(0.7) ? `${vector} ${operator} ${scalar}` : `${scalar} ${operator} ${vector}`;
  }

  #binary(depth: number): string {
    const { pick } = this.#bound();
    return pick([
      () => `${this.#join(depth)}`,
      () => `(${this.#vector(depth - 1)}) ${pick(['and', 'or', 'unless'])}${this.#matching()} (${this.#vector(depth - 1)})`,
      () => this.#likely(),
      () => this.#likely(),
    ])();
  }

  #matching(): string {
    const labels = this.#random.some(LABELS, 0.35).join(', ');
    return this.#random.pick(['', ` on (${labels})`, ` ignoring (${labels})`]);
  }

  #join(depth: number): string {
    const { pick, chance } = this.#bound();
    const operator = chance(0.5) ? pick(ARITHMETIC) : `${pick(COMPARISONS)}${pick(['', ' bool'])}`;
    const matching = this.#matching();
    const group =
      matching !== '' && chance(0.4) ? ` ${pick(['group_left', 'group_right'])} (${pick(['', 'tier', 'version', 'zone'])})` : '';
    const checked = matching.startsWith(' on') && group !== '' ? matching.replace(/(tier|version|zone)(, )?/g, '') : matching;
    return `(${this.#vector(depth - 1)}) ${operator}${checked.replace(/, \)/, ')')}${group} (${this.#vector(depth - 1)})`;
  }

  /** Joins that have an answer. */
  #likely(): string {
    const { pick } = this.#bound();
    const operator = pick([...ARITHMETIC, ...COMPARISONS, '> bool', '== bool']);
    return pick([
      () => `sum by (job) (rate(requests_total[${pick(DURATIONS)}])) ${operator} on (job) capacity`,
      () => `queue_length ${operator} limit`,
      () => `queue_length ${operator} on (job, instance) limit`,
      () => `requests_total ${operator} on (job, instance) group_left () limit`,
      () => `requests_total ${operator} on (job) group_left (tier) capacity`,
      () => `capacity ${operator} on (job) group_right (tier) temperature`,
      () => `temperature * on (job, instance) group_left (version) build_info`,
      () => `rate(latency_seconds_sum[${pick(DURATIONS)}]) ${operator} rate(latency_seconds_count[${pick(DURATIONS)}])`,
      () => `wild ${operator} temperature`,
    ])();
  }

  #special(depth: number): string {
    const { pick } = this.#bound();
    const inner = this.#vector(depth - 1);
    const q = pick(['0', '0.5', '0.9', '0.99', '1', '-1', '2', 'NaN', 'scalar(limit{job="api",instance="a:1"}) / 10']);
    const buckets = pick([
      'latency_seconds_bucket',
      `rate(latency_seconds_bucket[${pick(DURATIONS)}])`,
      `sum by (le) (rate(latency_seconds_bucket[${pick(DURATIONS)}]))`,
      `sum by (job, le) (increase(latency_seconds_bucket[${pick(DURATIONS)}]))`,
      inner,
    ]);
    return pick([
      () => `histogram_quantile(${q}, ${buckets})`,
      () => `histogram_quantile(${q}, ${buckets})`,
      () => `histogram_fraction(${pick(['0', '-Inf', '0.2', '1'])}, ${pick(['0.5', '3', 'Inf', '20'])}, ${buckets})`,
      () => `label_replace(${inner}, "copy", "$1-x", "instance", "(.*):.*")`,
      () => `label_replace(${inner}, "instance", "", "job", "api|db")`,
      () => `label_join(${inner}, "both", "/", "job", "instance", "absent")`,
      () => `absent(${inner})`,
      () => `vector(${this.#scalar(2)})`,
      () => `sum by (__name__) (${inner})`,
      () => `{__name__=~"${pick(['limit|capacity', 'la.*_count', '.+_total|wild'])}"}`,
    ])();
  }

  #bound() {
    const random = this.#random;
    return {
      pick: <T>(items: readonly T[]): T => random.pick(items),
      chance: (probability: number): boolean => random.chance(probability),
    };
  }
}
