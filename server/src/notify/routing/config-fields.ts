import { z } from 'zod';
import { parseDuration } from '../../model/duration.ts';
import { AlertMatcher, InvalidMatcherError, type Matcher } from '../../model/matcher.ts';
import { MatcherSyntaxError } from '../matchers/matcher-lexer.ts';
import { parseMatchers } from '../matchers/parse-matchers.ts';

/** Looks an environment variable up; `undefined` when it is not set. */
export type EnvLookup = (name: string) => string | undefined;

/** A Prometheus duration, as milliseconds. */
export const Duration = z.union([z.string(), z.number()]).transform((value, context) => {
  const durationMs = parseDuration(String(value));
  if (durationMs === undefined) {
    context.addIssue({ code: 'custom', message: `not a valid duration string: "${value}"; write for example 30s, 5m or 4h` });
    return z.NEVER;
  }
  return durationMs;
});

/** Text; YAML numbers and booleans are taken as written. */
export const Text = z.union([z.string(), z.number(), z.boolean()], { error: 'expected text' }).transform(String);

/** A boolean; also the words YAML 1.1, which Alertmanager reads, takes for one. */
export const Flag = z.union([
  z.boolean(),
  z.enum(['yes', 'Yes', 'on', 'On']).transform(() => true),
  z.enum(['no', 'No', 'off', 'Off']).transform(() => false),
]);

/** Text in which `${NAME}` and `${NAME:-default}` stand for environment variables. A variable that is not set is a problem. */
export function textWithEnv(env: EnvLookup) {
  return Text.transform((value, context) =>
    value.replace(/\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g, (_, name: string, fallback: string | undefined) => {
      const found = env(name) ?? fallback;
      if (found === undefined) {
        context.addIssue({
          code: 'custom',
          message: `environment variable ${name} is not set; set it or write \${${name}:-default}`,
        });
      }
      return found ?? '';
    }),
  );
}

/** A flag that may come from the environment: `${NAME:-true}`. */
export function flagWithEnv(env: EnvLookup) {
  return z.union([
    Flag,
    textWithEnv(env).transform((value, context) => {
      if (value !== 'true' && value !== 'false') {
        context.addIssue({ code: 'custom', message: `expected true or false, found "${value}"` });
      }
      return value === 'true';
    }),
  ]);
}

/** A list of matcher strings, flattened. */
export const MatcherList = z.array(Text).transform((entries, context) => {
  const matchers: Matcher[] = [];
  for (const [index, entry] of entries.entries()) {
    try {
      matchers.push(...parseMatchers(entry).matchers);
    } catch (error) {
      context.addIssue({ code: 'custom', message: reasonOf(error), path: [index] });
    }
  }
  return matchers;
});

/** The deprecated `match:` and `match_re:` maps. Regular expressions appear anchored, as Alertmanager shows them in route keys. */
export function matchMap(operator: '=' | '=~') {
  return z.record(z.string(), Text).transform((map, context) => {
    const matchers: Matcher[] = [];
    for (const [name, value] of Object.entries(map)) {
      if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name)) {
        context.addIssue({ code: 'custom', message: `invalid label name "${name}"`, path: [name] });
        continue;
      }
      try {
        matchers.push(new AlertMatcher(name, operator, operator === '=' ? value : `^(?:${value})$`));
      } catch (error) {
        context.addIssue({ code: 'custom', message: reasonOf(error), path: [name] });
      }
    }
    return matchers;
  });
}

function reasonOf(error: unknown): string {
  if (error instanceof MatcherSyntaxError || error instanceof InvalidMatcherError) {
    return error.message;
  }
  throw error;
}

/** By name, then value, then operator: the order in which Alertmanager writes matchers into keys. */
export function sortMatchers(matchers: readonly Matcher[]): readonly Matcher[] {
  const order = ['=', '!=', '=~', '!~'];
  return [...matchers].sort(
    (a, b) => compare(a.name, b.name) || compare(a.value, b.value) || order.indexOf(a.operator) - order.indexOf(b.operator),
  );
}

function compare(a: string, b: string): number {
  if (a === b) {
    return 0;
  }
  return a < b ? -1 : 1;
}
