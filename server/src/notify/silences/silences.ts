import type { Labels } from '../../model/labels.ts';
import { type Matcher, matchesAll } from '../../model/matcher.ts';
import type { Clock } from '../../runtime/clock.ts';
import {
  compileMatchers,
  type PostedSilence,
  type Silence,
  SilenceNotFoundError,
  type SilenceState,
  silenceState,
  validateSilence,
} from './silence.ts';
import type { SilenceStore } from './silence-store.ts';

const RETENTION_MS = 120 * 3_600_000;

export interface SilencesDeps {
  readonly store: Pick<SilenceStore, 'all' | 'save' | 'deleteEndedBefore'>;
  readonly clock: Clock;
  readonly newId: () => string;
}

interface Held {
  readonly silence: Silence;
  readonly matchers: readonly Matcher[];
}

/**
 * All silences, held in memory and written through. Rules of change are Alertmanager's: a change that would rewrite the
 * past (other matchers, a moved start of an active one) expires the old silence and makes a new one with a new id.
 */
export class Silences {
  readonly #deps: SilencesDeps;
  readonly #held = new Map<string, Held>();

  private constructor(deps: SilencesDeps) {
    this.#deps = deps;
  }

  static async open(deps: SilencesDeps): Promise<Silences> {
    await deps.store.deleteEndedBefore(deps.clock.now() - RETENTION_MS);
    const silences = new Silences(deps);
    silences.#hold(await deps.store.all());
    return silences;
  }

  /** Active first (ending soonest), then pending (starting soonest), then expired (ended latest). Kept 120 h after their end. */
  list(): readonly (Silence & { readonly state: SilenceState })[] {
    const now = this.#deps.clock.now();
    const all = [...this.#held.values()].map(({ silence }) => ({ ...silence, state: silenceState(silence, now) }));
    const inState = (state: SilenceState) => all.filter((silence) => silence.state === state);
    return [
      ...inState('active').sort((a, b) => a.endsAt - b.endsAt),
      ...inState('pending').sort((a, b) => a.startsAt - b.startsAt),
      ...inState('expired').sort((a, b) => b.endsAt - a.endsAt),
    ];
  }

  /** @throws SilenceNotFoundError */
  get(id: string): Silence {
    const held = this.#held.get(id);
    if (held === undefined) {
      throw new SilenceNotFoundError(id);
    }
    return held.silence;
  }

  /** Creates, or changes the one named by `id`. Resolves with the id that now holds, once it is durable. @throws InvalidSilenceError, SilenceNotFoundError */
  async set(posted: PostedSilence): Promise<string> {
    const now = this.#deps.clock.now();
    const old = posted.id === undefined || posted.id === '' ? undefined : this.get(posted.id);
    validateSilence(posted, now);
    const { id: _, ...content } = posted;
    if (old !== undefined && canChangeInPlace(old, posted, now)) {
      return await this.#write([{ ...content, id: old.id, updatedAt: now }], old.id);
    }
    const fresh = { ...content, id: this.#deps.newId(), startsAt: Math.max(posted.startsAt, now), updatedAt: now };
    const replaced = old === undefined || silenceState(old, now) === 'expired' ? [] : [expired(old, now)];
    return await this.#write([...replaced, fresh], fresh.id);
  }

  /** Ends it now; ending an ended one changes nothing. @throws SilenceNotFoundError */
  async expire(id: string): Promise<void> {
    const now = this.#deps.clock.now();
    const silence = this.get(id);
    if (silenceState(silence, now) !== 'expired') {
      await this.#write([expired(silence, now)], id);
    }
  }

  /** The ids of the active silences that match. */
  silencedBy(labels: Labels): readonly string[] {
    const now = this.#deps.clock.now();
    return [...this.#held.values()]
      .filter(({ silence, matchers }) => silenceState(silence, now) === 'active' && matchesAll(matchers, labels))
      .map(({ silence }) => silence.id);
  }

  async #write(silences: readonly Silence[], id: string): Promise<string> {
    await this.#deps.store.save(silences);
    this.#hold(silences);
    return id;
  }

  #hold(silences: readonly Silence[]): void {
    for (const silence of silences) {
      this.#held.set(silence.id, { silence, matchers: compileMatchers(silence.matchers) });
    }
  }
}

function canChangeInPlace(old: Silence, posted: PostedSilence, now: number): boolean {
  if (JSON.stringify(sorted(old)) !== JSON.stringify(sorted(posted))) {
    return false;
  }
  switch (silenceState(old, now)) {
    case 'active':
      return Math.floor(old.startsAt / 1000) === Math.floor(posted.startsAt / 1000) && posted.endsAt >= now;
    case 'pending':
      return posted.startsAt >= now;
    case 'expired':
      return false;
  }
}

function sorted({ matchers }: Pick<Silence, 'matchers'>): readonly string[] {
  return matchers.map(({ name, value, isRegex, isEqual }) => JSON.stringify([name, value, isRegex, isEqual])).sort();
}

function expired(silence: Silence, now: number): Silence {
  return { ...silence, startsAt: Math.min(silence.startsAt, now), endsAt: now, updatedAt: now };
}
