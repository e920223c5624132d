import type { Logger } from '../runtime/logger.ts';
import type { AlertStateChange, AlertStateStore } from './alert-state-store.ts';
import type { AlertingOutcome } from './alerting-rule.ts';
import type { RuleAlertChange } from './rule-alert.ts';

/** Takes what alerting rules decided, oldest first; resolves when it is safe. */
export type PublishChanges = (changes: readonly RuleAlertChange[]) => Promise<void>;

export interface RuleOutcomesDeps {
  readonly store: Pick<AlertStateStore, 'save'>;
  readonly publish: PublishChanges;
  readonly log: Logger;
}

/** Makes decisions durable and then known. What fails is kept, in order, and goes first the next time. */
export class RuleOutcomes {
  readonly #deps: RuleOutcomesDeps;
  readonly #unsaved: AlertStateChange[] = [];
  readonly #unpublished: RuleAlertChange[] = [];

  constructor(deps: RuleOutcomesDeps) {
    this.#deps = deps;
  }

  /** Never rejects. */
  async settle(rule: string, { stored, dropped, changes }: AlertingOutcome): Promise<void> {
    if (stored.length > 0 || dropped.length > 0) {
      this.#unsaved.push({ rule, stored, dropped });
    }
    this.#unpublished.push(...changes);
    try {
      await this.#save();
      await this.#publish();
    } catch (err) {
      this.#deps.log.error(
        { err, rule },
        'alert state could not be stored or published; it is tried again at the next evaluation',
      );
    }
  }

  async #save(): Promise<void> {
    for (let next = this.#unsaved[0]; next !== undefined; next = this.#unsaved[0]) {
      await this.#deps.store.save(next);
      this.#unsaved.shift();
    }
  }

  async #publish(): Promise<void> {
    const count = this.#unpublished.length;
    if (count > 0) {
      await this.#deps.publish(this.#unpublished.slice(0, count));
      this.#unpublished.splice(0, count);
    }
  }
}
