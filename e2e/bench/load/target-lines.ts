/** How the values of a line move from one scrape to the next. */
export type Movement =
  | 'busy'
  | 'rare'
  | 'bytes-counter'
  | 'seconds-counter'
  | 'bucket'
  | 'histogram-count'
  | 'histogram-sum'
  | 'ratio'
  | 'bytes-gauge'
  | 'depth'
  | 'up'
  | 'constant';

/** One series of a target, without the labels that come with its instance. */
export interface Line {
  readonly name: string;
  /** Which of the target's instances it is about. */
  readonly member: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly movement: Movement;
  /** What a constant stands at, a gauge starts from. */
  readonly base: number;
}

/** Upper bounds of the histograms: twelve buckets. */
export const BUCKETS = ['0.005', '0.01', '0.025', '0.05', '0.1', '0.25', '0.5', '1', '2.5', '5', '10', '+Inf'];
export const MEMBERS = 10;

const GIB = 2 ** 30;

/**
 * The 100 lines every target exposes, about 10 instances: 46 of gauges and 54 of counters, 24 of them buckets of two histograms. Names and
 * labels are those that `server/bench/expressions.ts` asks for.
 */
export const TARGET_LINES: readonly Line[] = [
  ...Array.from({ length: MEMBERS }, (_, member) => container(member)).flat(),
  ...[0, 1].flatMap(application),
  line('jvm_gc_seconds_total', 0, 'seconds-counter'),
  line('node_network_receive_bytes_total', 0, 'bytes-counter'),
];

function container(member: number): readonly Line[] {
  const limit = 2 ** (member % 4) * GIB;
  return [
    line('up', member, 'up'),
    { ...line('mem_limit_bytes', member, 'constant'), base: limit },
    { ...line('mem_used_bytes', member, 'bytes-gauge'), base: limit * 0.9 },
    ...(member < 8 ? [{ ...line('cpu_usage_ratio', member, 'ratio'), base: 0.6 }, line('queue_depth', member, 'depth')] : []),
  ];
}

function application(member: number): readonly Line[] {
  const histogram = 'http_request_duration_seconds';
  const requests = ['GET', 'POST', 'PUT', 'DELETE'].flatMap((method) =>
    ['200', '404', '500'].map((status) => ({
      ...line('http_requests_total', member, status === '200' ? 'busy' : 'rare'),
      labels: { method, status, env: 'production' },
    })),
  );
  return [
    ...requests,
    ...BUCKETS.map((le) => ({ ...line(`${histogram}_bucket`, member, 'bucket'), labels: { le } })),
    line(`${histogram}_sum`, member, 'histogram-sum'),
    line(`${histogram}_count`, member, 'histogram-count'),
  ];
}

function line(name: string, member: number, movement: Movement): Line {
  return { name, member, labels: {}, movement, base: 0 };
}
