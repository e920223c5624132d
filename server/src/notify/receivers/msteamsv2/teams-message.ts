import { buildTeamsCard, type CardContent, type CardLimits, type TeamsCard } from './teams-card.ts';

/** Serialised UTF-8 bytes a message may have. Teams counts 28,672 after its own expansion (measured ×1.19), and refuses after the 202. */
export const MAX_MESSAGE_BYTES = 20_000;

/** From roomy to bare: first facts go, then text, then rows become "+N more". */
const STEPS: readonly CardLimits[] = [
  { facts: 12, factLength: 400, textLength: 4000, rows: 10 },
  { facts: 6, factLength: 200, textLength: 4000, rows: 10 },
  { facts: 4, factLength: 120, textLength: 1500, rows: 10 },
  { facts: 4, factLength: 80, textLength: 400, rows: 5 },
  { facts: 2, factLength: 60, textLength: 120, rows: 0 },
  { facts: 0, factLength: 0, textLength: 0, rows: 0 },
];

/** The largest serialised message within the budget. */
export function buildTeamsMessage(content: CardContent, maxBytes = MAX_MESSAGE_BYTES): string {
  const sizes = STEPS.map((limits) => () => serialise(buildTeamsCard(content, limits)));
  for (const build of sizes) {
    const message = build();
    if (Buffer.byteLength(message) <= maxBytes) {
      return message;
    }
  }
  const bare = buildTeamsCard(content, { facts: 0, factLength: 0, textLength: 0, rows: 0 });
  return serialise({ ...bare, body: bare.body.slice(0, 1), actions: bare.actions.slice(0, 1) });
}

/** A message cut to its title, its first line and its buttons, for a receiver that answered 413. */
export function shrinkTeamsMessage(message: string): string {
  // Only messages made by `serialise` below are stored.
  const parsed = JSON.parse(message) as { attachments: { content: TeamsCard }[] };
  const card = parsed.attachments[0]?.content;
  return card === undefined ? message : serialise({ ...card, body: card.body.slice(0, 2), actions: card.actions.slice(0, 1) });
}

function serialise(card: TeamsCard): string {
  return JSON.stringify({
    type: 'message',
    summary: card.fallbackText,
    attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content: card }],
  });
}
