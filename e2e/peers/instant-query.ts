/** One series of an instant answer: its labels as sorted JSON, its value as the server wrote it. */
export type InstantAnswer = ReadonlyMap<string, string>;

/** What both servers answer on `/api/v1/query` for an expression that gives a vector. */
interface QueryResponse {
  readonly status: string;
  readonly error?: string;
  readonly data?: {
    readonly resultType: string;
    readonly result: readonly { readonly metric: Readonly<Record<string, string>>; readonly value: readonly [number, string] }[];
  };
}

export interface QueryTarget {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Asks a server that speaks Prometheus' API. @throws Error with the server's own words, or when the answer is no vector. */
export async function instantQuery(target: QueryTarget, expr: string, atMs: number): Promise<InstantAnswer> {
  const query = new URLSearchParams({ query: expr, time: (atMs / 1000).toFixed(3) });
  const response = await fetch(`${target.url}/api/v1/query?${query}`, { headers: { ...target.headers } });
  const body = (await response.json()) as QueryResponse; // the API's documented shape
  if (body.data?.resultType !== 'vector') {
    throw new Error(`${target.url} on ${expr}: ${body.error ?? body.data?.resultType ?? response.status}`);
  }
  return new Map(body.data.result.map(({ metric, value }) => [keyOf(metric), value[1]]));
}

function keyOf(labels: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** How two values differ: 0 when they are the same text or the same special value, else relative to the larger. */
export function relativeDifference(one: string, other: string): number {
  if (one === other) {
    return 0;
  }
  const [a, b] = [Number(one), Number(other)];
  if (!Number.isFinite(a) || !Number.isFinite(b)) {
    return Number.POSITIVE_INFINITY;
  }
  return a === b ? 0 : Math.abs(a - b) / Math.max(Math.abs(a), Math.abs(b));
}
