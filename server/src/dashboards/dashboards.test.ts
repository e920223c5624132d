import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { selectorsOf } from '../promql/ast.ts';
import { parse } from '../promql/parser/parse.ts';
import { silentLogger } from '../runtime/logger.ts';
import { ManualClock } from '../runtime/manual-clock.fake.ts';
import { formatProblem } from '../runtime/yaml-file.ts';
import { loadDashboards, parseDashboard } from './dashboard-files.ts';
import { DashboardLibrary } from './dashboard-library.ts';
import { substituteVariables, variableProblems } from './variables.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

function checkExpr(expr: string): string | null {
  try {
    parse(expr);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const minimal = (expr: string, rest = ''): string =>
  `title: T\nfor: service\n${rest}panels:\n  - title: P\n    queries:\n      - expr: '${expr}'\n`;

describe('variables', () => {
  it.for([
    { expr: 'up{service="$service"}', page: 'service', problems: [], why: 'inside double quotes' },
    { expr: 'up{service="a-$service-b", x=~"a.*"}', page: 'service', problems: [], why: 'as a part of a text' },
    { expr: 'up{a="\\"", service="$service"}', page: 'service', problems: [], why: 'after an escaped quote' },
    {
      expr: 'up{service="$service"}',
      page: 'environment',
      problems: [/not known on this page .* has \$environment/],
      why: 'of another page',
    },
    { expr: 'up{a="$host"}', page: 'service', problems: [/\$host is not known/], why: 'unknown' },
    {
      expr: 'up{service=~"$service"}',
      page: 'service',
      problems: [/only stand inside double quotes after =/],
      why: 'as a regular expression',
    },
    { expr: "up{service='$service'}", page: 'service', problems: [/double quotes/], why: 'in single quotes' },
    { expr: 'up{service=`$service`}', page: 'service', problems: [/double quotes/], why: 'in a raw string' },
    { expr: 'a # "\n + $service # "', page: 'service', problems: [/double quotes/], why: 'between quotes of comments' },
    { expr: 'sum by ($service) ($cluster)', page: 'service', problems: [/double quotes/, /double quotes/], why: 'in the code' },
  ] as const)('$why', ({ expr, page, problems }) => {
    expect(variableProblems(expr, page)).toEqual(problems.map((problem) => expect.stringMatching(problem)));
  });

  it('no value leaves its quotes', () => {
    const expr = 'up{environment="$environment", service="x$service"}';
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }), (environment, service) => {
        const [selector] = selectorsOf(parse(substituteVariables(expr, { environment, service })));
        const values = selector?.map(({ name, operator, value }) => [name, operator, value]);
        expect(values).toContainEqual(['environment', '=', environment.toWellFormed()]);
        expect(values).toContainEqual(['service', '=', `x${service.toWellFormed()}`]);
        expect(values).toHaveLength(3);
      }),
    );
    expect(substituteVariables('a{s="$service"}', { service: '"} or vector(1) #' })).toBe('a{s="\\"} or vector(1) #"}');
  });

  it('leaves what the target does not have, and does not replace inside values', () => {
    expect(substituteVariables('a{s="$service",c="$cluster"}', { service: '$cluster' })).toBe('a{s="$cluster",c="$cluster"}');
  });
});

describe('files', () => {
  it('tells every problem at once, each with its place', () => {
    const text = minimal('up{', 'when: ["sum(", up]\ncolour: red\n').replace('title: T', 'title: ""');
    const { dashboards, problems } = parseDashboard({ file: 'd.yaml', text, id: 'd' }, checkExpr);
    expect(dashboards).toEqual([]);
    expect(problems.map(formatProblem)).toEqual([
      expect.stringMatching(/^d\.yaml:1:8: title: /),
      expect.stringMatching(/^d\.yaml:1:1: .*colour/),
      expect.stringMatching(/^d\.yaml:3:8: when\[0\]: 1:5: parse error/),
      expect.stringMatching(/^d\.yaml:8:15: panels\[0\]\.queries\[0\]\.expr: 1:4: parse error/),
    ]);
  });

  it.for([
    { text: 'a: [', why: 'broken YAML' },
    { text: '', why: 'nothing' },
    { text: 'just text', why: 'no mapping' },
    { text: 'title: T\npanels: [null, {queries: [null]}]', why: 'holes' },
  ])('survives $why', ({ text }) => {
    expect(parseDashboard({ file: 'd.yaml', text, id: 'd' }, checkExpr).problems.length).toBeGreaterThan(0);
  });

  it('a file that is named but missing is a problem, a glob without files is not', () => {
    const baseDir = mkdtempSync(join(tmpdir(), 'tila-dashboards-'));
    writeFileSync(join(baseDir, 'one.dashboard.yaml'), minimal('up'));
    const { dashboards, problems } = loadDashboards({ patterns: ['*.yaml', 'gone.yaml', 'x/*.yaml'], baseDir }, checkExpr);
    rmSync(baseDir, { recursive: true });
    expect(dashboards.map(({ id }) => id)).toEqual(['one']);
    expect(problems.map(formatProblem)).toEqual([expect.stringMatching(/^gone\.yaml:1:1: cannot be read: ENOENT/)]);
  });

  it('the shipped ones are good', () => {
    const { dashboards, problems } = loadDashboards({ patterns: ['dashboards/**/*.dashboard.yaml'], baseDir: ROOT }, checkExpr);
    expect(problems).toEqual([]);
    expect(dashboards.map(({ id }) => id)).toEqual([
      'datastores/kafka',
      'datastores/mongodb',
      'datastores/postgres',
      'datastores/redis',
      'platform/alb',
      'platform/node',
      'services/http',
    ]);
  });
});

describe('DashboardLibrary', () => {
  const target = { environment: 'prod', cluster: 'main', service: 'pay' };

  function setUp(hasResult: (expr: string) => Promise<boolean>) {
    const clock = new ManualClock();
    const asked: string[] = [];
    const library = new DashboardLibrary({
      clock,
      log: silentLogger,
      hasResult: (expr) => {
        asked.push(expr);
        return hasResult(expr);
      },
    });
    const files = [
      { id: 'always', text: minimal('up{service="$service"}') },
      { id: 'some', text: minimal('b', 'when: [\'a{service="$service"}\', c]\n') },
      { id: 'whole', text: minimal('up').replace('for: service', 'for: environment') },
    ];
    library.replace(files.flatMap((file) => parseDashboard({ ...file, file: file.id }, checkExpr).dashboards));
    return { clock, asked, library };
  }

  it.for([
    { page: 'service', has: 'a{service="pay"}', ids: ['always', 'some'], why: 'one condition holds' },
    { page: 'service', has: '', ids: ['always'], why: 'no condition holds' },
    { page: 'environment', has: '', ids: ['whole'], why: 'another page' },
    { page: undefined, has: '', ids: ['always', 'whole'], why: 'every page' },
  ] as const)('$why', async ({ page, has, ids }) => {
    const { library } = setUp(async (expr) => expr === has);
    expect((await library.forTarget(page, target)).map(({ id }) => id)).toEqual(ids);
  });

  it('replaces variables, and leaves them when the target is not said', async () => {
    const { library } = setUp(async () => false);
    const exprs = async (at: object) => (await library.forTarget('service', at))[0]?.dashboard.panels[0]?.queries[0]?.expr;
    expect(await exprs(target)).toBe('up{service="pay"}');
    expect(await exprs({})).toBe('up{service="$service"}');
  });

  it('shows a dashboard whose condition fails', async () => {
    const { library } = setUp(() => Promise.reject(new Error('store is down')));
    expect(await library.forTarget('service', target)).toHaveLength(2);
  });

  it('remembers verdicts for half a minute', async () => {
    const { asked, clock, library } = setUp(async () => false);
    await library.forTarget('service', target);
    await library.forTarget('service', target);
    expect(asked).toHaveLength(2);
    await clock.advance(30_000);
    await library.forTarget('service', target);
    expect(asked).toHaveLength(4);
  });
});
