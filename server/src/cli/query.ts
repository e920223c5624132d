import { z } from 'zod';
import { quoteGo } from '../promql/format-value.ts';
import { API_OPTIONS, type ApiAnswer, apiTarget, askApi, parseTime } from './api-client.ts';
import { type Command, parseOptions, type Terminal, textOption, UsageError } from './command.ts';

const Point = z.tuple([z.number(), z.string()]);
const Series = z.object({
  metric: z.record(z.string(), z.string()),
  value: Point.optional(),
  values: z.array(Point).optional(),
});
const Data = z.discriminatedUnion('resultType', [
  z.object({ resultType: z.literal('scalar'), result: Point }),
  z.object({ resultType: z.literal('string'), result: Point }),
  z.object({ resultType: z.literal('vector'), result: z.array(Series) }),
  z.object({ resultType: z.literal('matrix'), result: z.array(Series) }),
]);

const OUTPUT = { ...API_OPTIONS, json: { type: 'boolean' } } as const;

/** Evaluates an expression at one time on a running console. */
export const queryCommand: Command = {
  name: 'query',
  usage: 'query EXPR [--time TIME] [--json] [--url URL] [--token TOKEN]',
  summary: 'Evaluate a PromQL expression on a running console.',
  async run(args, terminal) {
    const { values, positionals } = parseOptions(joinTimes(args), { ...OUTPUT, time: { type: 'string' } });
    const time = textOption(values, 'time');
    const at: Record<string, string> = time === undefined ? {} : { time: String(parseTime(time, 'time', Date.now())) };
    const query = { query: oneExpression(positionals), ...at };
    print(await askApi(apiTarget(values, terminal), '/api/v1/query', query), { json: values.json === true, terminal });
    return 0;
  },
};

/** The same at every step of a range. */
export const queryRangeCommand: Command = {
  name: 'query range',
  usage: 'query range EXPR --start TIME [--end TIME] [--step DURATION] [--json] [--url URL] [--token TOKEN]',
  summary: 'Evaluate a PromQL expression over a range of time.',
  async run(args, terminal) {
    const text = { type: 'string' } as const;
    // A time such as -1h is no option.
    const { values, positionals } = parseOptions(joinTimes(args), { ...OUTPUT, start: text, end: text, step: text });
    const start = textOption(values, 'start');
    if (start === undefined) {
      throw new UsageError('--start says when the range begins');
    }
    const range = {
      query: oneExpression(positionals),
      start: String(parseTime(start, 'start', Date.now())),
      end: String(parseTime(textOption(values, 'end') ?? 'now', 'end', Date.now())),
      step: textOption(values, 'step') ?? '1m',
    };
    print(await askApi(apiTarget(values, terminal), '/api/v1/query_range', range), { json: values.json === true, terminal });
    return 0;
  },
};

function joinTimes(args: readonly string[]): string[] {
  const joined: string[] = [];
  for (const arg of args) {
    const before = joined.at(-1);
    if (/^-\d+[smhdwy]$/.test(arg) && (before === '--start' || before === '--end' || before === '--time')) {
      joined[joined.length - 1] = `${before}=${arg}`;
    } else {
      joined.push(arg);
    }
  }
  return joined;
}

function oneExpression(positionals: readonly string[]): string {
  const [expr, ...others] = positionals;
  if (expr === undefined || others.length > 0) {
    throw new UsageError('name one expression, in quotes');
  }
  return expr;
}

function print({ data, warnings = [], infos = [] }: ApiAnswer, { json, terminal }: { json: boolean; terminal: Terminal }): void {
  terminal.writeError([...warnings, ...infos].map((annotation) => `${annotation}\n`).join(''));
  terminal.write(json ? `${JSON.stringify(data)}\n` : tableOf(Data.parse(data)));
}

function tableOf(data: z.infer<typeof Data>): string {
  if (data.resultType === 'scalar' || data.resultType === 'string') {
    return `${data.result[1]}\n`;
  }
  return data.result
    .map(({ metric, value, values }) => {
      const points = (values ?? []).map(([time, text]) => `  ${new Date(time * 1000).toISOString()}  ${text}\n`);
      return value === undefined ? `${nameOf(metric)}\n${points.join('')}` : `${nameOf(metric)}  ${value[1]}\n`;
    })
    .join('');
}

function nameOf({ __name__: name = '', ...labels }: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}=${quoteGo(value)}`);
  return pairs.length === 0 && name !== '' ? name : `${name}{${pairs.join(', ')}}`;
}
