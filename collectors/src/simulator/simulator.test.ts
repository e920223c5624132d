import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NOON, StepClock } from './demo-estate.fake.ts';
import { type Simulator, startSimulator } from './simulator.ts';

const clock = new StepClock(NOON);
let simulator: Simulator;
let base = '';

beforeAll(async () => {
  simulator = await startSimulator({ port: 0, smtpPort: 0, seed: 'test', historyMs: 6 * 3_600_000, clock });
  base = simulator.addresses.url;
});

afterAll(() => simulator[Symbol.asyncDispose]());

const CONTROL = { 'X-Tila-Demo': '1', 'Content-Type': 'application/json' };

function control(path: string, body: unknown = {}): Promise<Response> {
  return fetch(`${base}${path}`, { method: 'POST', headers: CONTROL, body: JSON.stringify(body) });
}

async function getJson(path: string): Promise<unknown> {
  return (await fetch(`${base}${path}`)).json();
}

describe('targets', () => {
  it('are listed by HTTP service discovery with the labels Prometheus needs, and answer at their path', async () => {
    const groups = await getJson('/sd/prod');
    expect(groups).toContainEqual({
      targets: [base.replace('http://', '')],
      labels: {
        environment: 'prod',
        cluster: 'core',
        service: 'payments',
        job: 'ecs-services',
        instance: 'payments-1.prod:8080',
        __metrics_path__: '/targets/prod/payments-1/metrics',
      },
    });
    expect((await fetch(`${base}/sd/nowhere`)).status).toBe(404);
    expect((await fetch(`${base}/targets/prod/nobody-1/metrics`)).status).toBe(404);
  });

  it.for([
    {
      accept: 'application/openmetrics-text;version=1.0.0,text/plain;q=0.5',
      type: 'application/openmetrics-text; version=1.0.0',
      why: 'Prometheus',
    },
    { accept: 'text/plain;version=0.0.4', type: 'text/plain; version=0.0.4', why: 'text only' },
    { accept: 'application/openmetrics-text;q=0.2,text/plain', type: 'text/plain; version=0.0.4', why: 'text preferred' },
    { accept: '*/*', type: 'text/plain; version=0.0.4', why: 'no wish' },
  ])('speak the format asked for: $why', async ({ accept, type }) => {
    const response = await fetch(`${base}/targets/dev/pricing-1/metrics`, { headers: { accept } });
    const page = await response.text();
    expect(response.headers.get('content-type')).toContain(type);
    expect(response.headers.get('content-encoding')).toBe('gzip');
    expect(page.endsWith('# EOF\n')).toBe(type.startsWith('application'));
    expect(page).toContain(
      type.startsWith('application') ? '# TYPE http_requests counter' : '# TYPE http_requests_total counter',
    );
    expect(page).toContain('build_info{version="5.1.0-SNAPSHOT \\"gold\\\\silver\\""} 1');
    for (const line of page.trimEnd().split('\n')) {
      expect(line).toMatch(/^(#.*|[a-z_]+(\{([a-z_]+="(\\.|[^"\\])*",?)+\})? (-?[\d.]+(e[+-]?\d+)?))$/);
    }
  });

  it('drop the connection while their instance is down', async () => {
    await control('/scenarios/instance-down/start');
    clock.advance(5_000);
    await expect(fetch(`${base}/targets/prod/loan-servicing-2/metrics`)).rejects.toThrow();
    expect((await fetch(`${base}/targets/prod/loan-servicing-1/metrics`)).status).toBe(200);
    await control('/scenarios/instance-down/stop');
    clock.advance(60_000);
    expect((await fetch(`${base}/targets/prod/loan-servicing-2/metrics`)).status).toBe(200);
  });
});

interface Answer {
  readonly status: string;
  readonly error?: string;
  readonly data: {
    readonly resultType: string;
    readonly result: readonly {
      readonly metric: Record<string, string>;
      readonly values: readonly [number, string][];
      readonly value: [number, string];
    }[];
  };
}

async function query(path: string, parameters: Record<string, string>): Promise<Answer> {
  const response = await fetch(`${base}/prometheus/${path}?${new URLSearchParams(parameters)}`);
  // The shape is asserted by the expectations that follow.
  return (await response.json()) as Answer;
}

describe('the Prometheus of an environment', () => {
  it('has six hours at 15 s, with the labels a scrape gives', async () => {
    const { data } = await query('prod/api/v1/query', { query: '{__name__="up",service="payments"}[7h]' });
    expect(data.resultType).toBe('matrix');
    expect(data.result.map(({ metric }) => metric.instance)).toEqual(['payments-1.prod:8080', 'payments-2.prod:8080']);
    expect(data.result[0]?.metric).toEqual({
      __name__: 'up',
      environment: 'prod',
      cluster: 'core',
      service: 'payments',
      job: 'ecs-services',
      instance: 'payments-1.prod:8080',
    });
    expect(data.result[0]?.values).toHaveLength(6 * 240);
    expect(new Set(data.result[0]?.values.map(([, value]) => value))).toEqual(new Set(['1']));
  });

  it('goes over into the live scrape: the newest sample is what the target says at that time', async () => {
    const { data } = await query('prod/api/v1/query', {
      query: 'http_requests_total{instance="payments-1.prod:8080",route="/refunds",status="200"}[1m]',
    });
    const last = Number(data.result[0]?.values.at(-1)?.[1]);
    const page = await (await fetch(`${base}/targets/prod/payments-1/metrics`)).text();
    const live = Number(/http_requests_total\{route="\/refunds",method="POST",status="200"\} (\d+)/.exec(page)?.[1]);
    expect(live).toBeGreaterThanOrEqual(last);
    expect(live - last).toBeLessThan(400);
  });

  it.for([
    { selector: 'up{service="payments"}', found: 2, why: '=' },
    { selector: 'up{job!="ecs-services"}', found: 8, why: '!=' },
    { selector: 'up{service=~"payments|check.*"}', found: 4, why: '=~ is anchored' },
    { selector: 'up{service!~".+-(db|redis|kafka|mongo|alb)"}', found: 32, why: '!~' },
    { selector: "{__name__='up',absent='',cluster=`data`}", found: 11, why: 'quotes and a label that is not there' },
  ])('understands $why', async ({ selector, found }) => {
    expect((await query('prod/api/v1/query', { query: selector })).data.result).toHaveLength(found);
  });

  it('answers query_range on the grid asked for', async () => {
    const end = clock.now() / 1000;
    const { data } = await query('prod/api/v1/query_range', {
      query: 'up{instance="payments-1.prod:8080"}',
      start: String(end - 300),
      end: String(end),
      step: '60',
    });
    expect(data.result[0]?.values.map(([time]) => time)).toEqual([300, 240, 180, 120, 60, 0].map((ago) => end - ago));
  });

  it.for([
    { path: 'prod/api/v1/query', parameters: { query: 'rate(up[1m])' }, error: /plain selectors only/, why: 'an expression' },
    { path: 'prod/api/v1/query', parameters: { query: '{a=~".*"}' }, error: /at least one non-empty matcher/, why: 'everything' },
    {
      path: 'prod/api/v1/query',
      parameters: { query: 'up{a=~"("}' },
      error: /error parsing regexp/,
      why: 'a broken regular expression',
    },
    { path: 'prod/api/v1/query', parameters: { query: 'up', time: 'noon' }, error: /"time"/, why: 'a time that is none' },
    {
      path: 'prod/api/v1/query_range',
      parameters: { query: 'up', start: '0', end: '100000', step: '1' },
      error: /11,000 points/,
      why: 'too many points',
    },
    {
      path: 'prod/api/v1/query_range',
      parameters: { query: 'up[1m]', start: '0', end: '1', step: '1' },
      error: /range vector/,
      why: 'a range selector over a range',
    },
    { path: 'prod/api/v1/series', parameters: {}, error: /not served/, why: 'another endpoint' },
  ])('refuses as Prometheus does: $why', async ({ path, parameters, error }) => {
    const answer = await query(path, { query: '', ...parameters });
    expect(answer.status).toBe('error');
    expect(answer.error).toMatch(error);
  });

  it('federates the newest sample with its time, as the range query has it', async () => {
    const page = await (
      await fetch(`${base}/prometheus/management/federate?match[]=up&match[]={__name__="build_info",service="vault"}`)
    ).text();
    const { data } = await query('management/api/v1/query', { query: 'up{service="vault"}[1m]' });
    const [time = 0] = data.result[0]?.values.at(-1) ?? [];
    expect(page).toContain(
      `up{environment="management",cluster="tools",service="vault",job="ecs-services",instance="vault-1.management:8080"} 1 ${Math.round(time * 1000)}\n`,
    );
    expect(page.match(/^up\{/gm)).toHaveLength(5);
    expect(page.match(/^build_info\{/gm)).toHaveLength(1);
  });

  it('falls silent as a whole in source-silent and keeps a gap afterwards', async () => {
    await control('/scenarios/source-silent/start');
    clock.advance(30_000);
    await expect(fetch(`${base}/prometheus/management/federate?match[]=up`)).rejects.toThrow();
    expect((await fetch(`${base}/prometheus/prod/federate?match[]=up`)).status).toBe(200);
    clock.advance(300_000);
    const { data } = await query('management/api/v1/query', { query: 'up{service="vault"}[6m]' });
    expect(data.result[0]?.values.length).toBeLessThan(6);
  });
});

describe('control', () => {
  it.for([
    { path: '/scenarios/redis-memory/start', why: 'start' },
    { path: '/teams/mode', why: 'mode' },
  ])('refuses a request another site could send: $why', async ({ path }) => {
    expect((await fetch(`${base}${path}`, { method: 'POST' })).status).toBe(403);
  });

  it.for([
    { path: '/scenarios/nothing/start', body: {}, status: 404, why: 'an unknown scenario' },
    { path: '/scenarios/redis-memory/stop', body: {}, status: 409, why: 'a stop of what does not run' },
    { path: '/scenarios/redis-memory/start', body: {}, status: 200, why: 'a start' },
    { path: '/scenarios/redis-memory/start', body: {}, status: 409, why: 'a second start' },
    { path: '/teams/mode', body: { mode: 'party' }, status: 400, why: 'an unknown mode' },
  ])('answers $why with $status', async ({ path, body, status }) => {
    expect((await control(path, body)).status).toBe(status);
  });

  it('reports what runs', async () => {
    const response = await fetch(`${base}/state`, { headers: CONTROL });
    expect(await response.json()).toMatchObject({ running: ['redis-memory'], teams: { mode: 'ok' }, smtp: { mode: 'ok' } });
  });

  it('starts by itself what it is told to, once', async () => {
    const later = new StepClock(NOON);
    await using other = await startSimulator({
      port: 0,
      smtpPort: 0,
      seed: 'test',
      historyMs: 60_000,
      clock: later,
      autoStart: [{ scenario: 'payments-bad-deploy', delayMs: 75_000 }],
    });
    later.advance(74_000);
    expect(other.runs.runs).toHaveLength(0);
    later.advance(1_000);
    expect(other.runs.runs.map(({ scenario }) => scenario)).toEqual(['payments-bad-deploy']);
  });
});
