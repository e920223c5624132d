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

  /** Takes what a rule decided; nothing is durable or known before `settle`. */
  add(rule: string, { stored, dropped, changes }: AlertingOutcome): void {
    if (stored.length > 0 || dropped.length > 0) {
      this.#unsaved.push({ rule, stored, dropped });
    }
    this.#unpublished.push(...changes);
  }

  /** Makes everything taken durable in one commit, then known. Never rejects. */
  async settle(): Promise<void> {
    try {
      await this.#save();
      await this.#publish();
    } catch (err) {
      this.#deps.log.error({ err }, 'alert state could not be stored or published; it is tried again at the next evaluation');
    }
  }

  async #save(): Promise<void> {
    const count = this.#unsaved.length;
    if (count > 0) {
      await this.#deps.store.save(this.#unsaved.slice(0, count));
      this.#unsaved.splice(0, count);
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
