import { AlertMatcher, InvalidMatcherError, type Matcher, type MatchOperator } from '../../model/matcher.ts';

/** Alertmanager's matcher shape in its API. */
export interface SilenceMatcher {
  readonly name: string;
  readonly value: string;
  readonly isRegex: boolean;
  readonly isEqual: boolean;
}

/** Alerts that match all matchers are quiet from `startsAt` (inclusive) to `endsAt` (exclusive), epoch milliseconds. */
export interface Silence {
  readonly id: string;
  readonly matchers: readonly SilenceMatcher[];
  readonly startsAt: number;
  readonly endsAt: number;
  readonly updatedAt: number;
  readonly createdBy: string;
  readonly comment: string;
}

/** A silence as asked for; with `id`, a change of that one. */
export interface PostedSilence {
  readonly id?: string | undefined;
  readonly matchers: readonly SilenceMatcher[];
  readonly startsAt: number;
  readonly endsAt: number;
  readonly createdBy: string;
  readonly comment: string;
}

export type SilenceState = 'pending' | 'active' | 'expired';

export class SilenceNotFoundError extends Error {
  override readonly name = 'SilenceNotFoundError';

  constructor(id: string) {
    super(`silence ${id} not found`);
  }
}

/** The caller asked for something no silence may be; the message says what. */
export class InvalidSilenceError extends Error {
  override readonly name = 'InvalidSilenceError';
}

export function silenceState(silence: Pick<Silence, 'startsAt' | 'endsAt'>, now: number): SilenceState {
  if (now < silence.startsAt) {
    return 'pending';
  }
  return now < silence.endsAt ? 'active' : 'expired';
}

/** @throws InvalidSilenceError for a regular expression that is not RE2. */
export function compileMatchers(matchers: readonly SilenceMatcher[]): readonly Matcher[] {
  return matchers.map(({ name, value, isRegex, isEqual }) => {
    try {
      return new AlertMatcher(name, operatorOf(isRegex, isEqual), value);
    } catch (cause) {
      throw cause instanceof InvalidMatcherError
        ? new InvalidSilenceError(`invalid label matcher ${name}: ${cause.message}`, { cause })
        : cause;
    }
  });
}

function operatorOf(isRegex: boolean, isEqual: boolean): MatchOperator {
  if (isRegex) {
    return isEqual ? '=~' : '!~';
  }
  return isEqual ? '=' : '!=';
}

/** @throws InvalidSilenceError in Alertmanager's words. */
export function validateSilence(posted: PostedSilence, now: number): void {
  if (posted.matchers.length === 0) {
    throw new InvalidSilenceError('at least one matcher required');
  }
  if (posted.matchers.some(({ name }) => name === '')) {
    throw new InvalidSilenceError('invalid label matcher: a label name may not be empty');
  }
  const matchers = compileMatchers(posted.matchers);
  if (matchers.every((matcher) => matcher.matches(''))) {
    throw new InvalidSilenceError('at least one matcher must not match the empty string');
  }
  if (!Number.isFinite(posted.startsAt) || !Number.isFinite(posted.endsAt)) {
    throw new InvalidSilenceError('invalid zero start or end timestamp');
  }
  if (posted.endsAt < now) {
    throw new InvalidSilenceError('end time must not be in the past');
  }
  if (posted.startsAt >= posted.endsAt) {
    throw new InvalidSilenceError('start time must be before end time');
  }
}
