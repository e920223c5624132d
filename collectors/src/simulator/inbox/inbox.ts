/** What became of a card after the webhook had answered; only the run history of a real flow would tell. */
export type CardOutcome =
  | { readonly state: 'queued' }
  | { readonly state: 'posted' }
  | { readonly state: 'MessageSizeExceeded' | 'BadCard' | 'NullAttachments'; readonly reason: string };

export interface CardMessage {
  readonly kind: 'card';
  readonly id: number;
  readonly receivedAt: number;
  /** The webhook it came through and its generation. */
  readonly channel: string;
  readonly shape: 'workflow' | 'first-generation' | 'connector';
  readonly bytes: number;
  /** The body as sent; not checked. */
  readonly body: unknown;
  readonly outcome: CardOutcome;
  /** What Teams would show otherwise than meant, in sentences. */
  readonly warnings: readonly string[];
}

export interface MailMessage {
  readonly kind: 'mail';
  readonly id: number;
  readonly receivedAt: number;
  readonly bytes: number;
  readonly envelope: { readonly from: string; readonly to: readonly string[] };
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly messageId: string;
  readonly inReplyTo: string;
  readonly references: readonly string[];
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly text: string;
  /** HTML part with inline images resolved, or `null` when there is none. */
  readonly html: string | null;
  readonly attachments: readonly { readonly name: string; readonly contentType: string; readonly bytes: number }[];
}

export type InboxMessage = CardMessage | MailMessage;

type Unnumbered<Message> = Message extends InboxMessage ? Omit<Message, 'id'> : never;

const MAX_MESSAGES = 300;

/** Cards and mails that arrived, newest first; the oldest are dropped beyond 300. */
export class Inbox {
  #messages: readonly InboxMessage[] = [];
  #lastId = 0;
  #revision = 0;
  readonly #listeners = new Set<() => void>();

  get messages(): readonly InboxMessage[] {
    return this.#messages;
  }

  /** Rises with every change. */
  get revision(): number {
    return this.#revision;
  }

  add(message: Unnumbered<InboxMessage>): number {
    this.#lastId += 1;
    const numbered: InboxMessage = { ...message, id: this.#lastId };
    this.#replace([numbered, ...this.#messages].slice(0, MAX_MESSAGES));
    return this.#lastId;
  }

  settleCard(id: number, outcome: CardOutcome): void {
    this.#replace(
      this.#messages.map((message) => (message.id === id && message.kind === 'card' ? { ...message, outcome } : message)),
    );
  }

  find(id: number): InboxMessage | undefined {
    return this.#messages.find((message) => message.id === id);
  }

  clear(): void {
    this.#replace([]);
  }

  /** Calls back after every change until the returned function is called. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  #replace(messages: readonly InboxMessage[]): void {
    this.#messages = messages;
    this.#revision += 1;
    for (const listener of this.#listeners) {
      listener();
    }
  }
}
