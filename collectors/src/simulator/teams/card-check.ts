import type { CardOutcome } from '../inbox/inbox.ts';

/** Size of the message after Teams has expanded it; 1.19 fits the one published pair (24,453 bytes sent, 28,897 counted). */
const EXPANSION = 1.19;
const MAX_EXPANDED_BYTES = 28_672;
const MAX_VERSION = 1.4;

const ELEMENTS: ReadonlySet<string> = new Set([
  ...['AdaptiveCard', 'TextBlock', 'RichTextBlock', 'TextRun', 'Image', 'ImageSet', 'Media', 'Container', 'ColumnSet', 'Column'],
  ...['FactSet', 'ActionSet', 'Input.Text', 'Input.Number', 'Input.Date', 'Input.Time', 'Input.Toggle', 'Input.ChoiceSet'],
  ...['Action.OpenUrl', 'Action.ShowCard', 'Action.ToggleVisibility', 'Action.Submit', 'Action.Execute'],
]);

/** Where a card nests others; anything else with a `type` (mentions in `msteams`, for one) is not an element. */
const NESTING = ['body', 'items', 'columns', 'actions', 'inlines', 'images', 'card', 'selectAction', 'inlineAction'] as const;

/**
 * What a Workflows flow makes of a request body after it has answered 202. Order as in the flow: the loop over
 * `attachments`, the size of the message, the card itself.
 */
export function settleCard(body: unknown, bytes: number): CardOutcome {
  const cards = cardsOf(body);
  if (cards === null) {
    const reason =
      "The execution of template action 'Send_each_adaptive_card' failed: the result of 'triggerBody()?['attachments']' is of type 'Null'. The result must be a valid array.";
    return { state: 'NullAttachments', reason };
  }
  const expanded = Math.ceil(bytes * EXPANSION);
  if (expanded > MAX_EXPANDED_BYTES) {
    const reason = `Message size (${expanded} bytes) exceeds the limit of ${MAX_EXPANDED_BYTES} bytes.`;
    return { state: 'MessageSizeExceeded', reason };
  }
  const fault = cards.map(faultOf).find((reason) => reason !== undefined);
  return fault === undefined ? { state: 'posted' } : { state: 'BadCard', reason: fault };
}

/** The cards of a message, or `null` when it has no array of attachments. */
export function cardsOf(body: unknown): readonly unknown[] | null {
  const attachments = isRecord(body) ? body.attachments : undefined;
  if (!Array.isArray(attachments)) {
    return null;
  }
  return attachments.map((attachment: unknown) => (isRecord(attachment) ? attachment.content : attachment));
}

/** What would be posted but not look as meant, in sentences. */
export function cardWarnings(body: unknown): readonly string[] {
  const elements = (cardsOf(body) ?? []).flatMap(elementsOf);
  const texts = elements.flatMap((element) => (typeof element.text === 'string' ? [element.text] : []));
  const has = (test: (text: string) => boolean): boolean => texts.some(test);
  const types = new Set(elements.map((element) => element.type));
  return [
    ...(has((text) => /^\s*#{1,6}\s/m.test(text))
      ? ['A heading (#) is shown as typed: Teams renders no Markdown headings.']
      : []),
    ...(has((text) => text.includes('`')) ? ['Back-ticks are shown as typed: Teams renders no Markdown code.'] : []),
    ...(has((text) => /^\s*\|.*\|\s*$/m.test(text)) ? ['A Markdown table is shown as typed.'] : []),
    ...(has((text) => /[^\n]\n(?!\n|\s*[-*\d])[^\n]/.test(text))
      ? ['A single line break is shown as a space; Teams needs two.']
      : []),
    ...(types.has('Action.Submit') || types.has('Action.Execute')
      ? ['Submit and Execute need a bot: the button does nothing here.']
      : []),
    ...unmatchedMentions(body, texts),
  ];
}

function faultOf(card: unknown): string | undefined {
  if (!isRecord(card) || card.type !== 'AdaptiveCard') {
    return "BadRequest: Property 'type' must be 'AdaptiveCard'";
  }
  const version = typeof card.version === 'string' ? Number(card.version) : Number.NaN;
  if (!(version > 0 && version <= MAX_VERSION)) {
    return `BadRequest: the card declares version ${JSON.stringify(card.version)}; this client shows up to ${MAX_VERSION}`;
  }
  const unknown = elementsOf(card).find((element) => typeof element.type !== 'string' || !ELEMENTS.has(element.type));
  return unknown === undefined ? undefined : `BadRequest: unknown element type ${JSON.stringify(unknown.type)}`;
}

type Element = Readonly<Record<string, unknown>>;

function elementsOf(value: unknown): readonly Element[] {
  if (!isRecord(value)) {
    return [];
  }
  const children = NESTING.flatMap((key) => {
    const child = value[key];
    const list: readonly unknown[] = Array.isArray(child) ? child : [child];
    // The one element whose type may be left out.
    return key === 'columns' ? list.map((column) => (isRecord(column) ? { type: 'Column', ...column } : column)) : list;
  });
  return [value, ...children.flatMap(elementsOf)];
}

function unmatchedMentions(body: unknown, texts: readonly string[]): readonly string[] {
  const entities = (cardsOf(body) ?? []).flatMap((card) => {
    const teams = isRecord(card) ? card.msteams : undefined;
    return isRecord(teams) && Array.isArray(teams.entities) ? teams.entities.filter(isRecord) : [];
  });
  return entities
    .filter(({ text }) => typeof text === 'string' && texts.every((line) => !line.includes(text)))
    .map(({ text }) => `The mention ${JSON.stringify(text)} does not occur in the card, so nobody is notified.`);
}

function isRecord(value: unknown): value is Element {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
