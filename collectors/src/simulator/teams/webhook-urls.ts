import { createHash } from 'node:crypto';

/** The channels of the demo team; each has its own webhook. */
export const CHANNELS = ['sre-alerts', 'sre-critical', 'payments-team'] as const;

export type Channel = (typeof CHANNELS)[number];

export interface WebhookUrls {
  /** Today's Workflows URL. */
  readonly workflow: string;
  /** The Workflows URL of the first generation. */
  readonly firstGeneration: string;
  /** The Office 365 connector. */
  readonly connector: string;
}

const SP = 'sp=%2Ftriggers%2Fmanual%2Frun';

/** The secret part of a channel's URL. Fixed, so that a configuration written once keeps working. */
export function signatureOf(channel: Channel): string {
  return createHash('sha256').update(`tila demo signature ${channel}`).digest('base64url');
}

/** The id a flow has in its URL. */
export function workflowId(channel: Channel): string {
  return createHash('sha256').update(`tila demo workflow ${channel}`).digest('hex').slice(0, 32);
}

export function webhookUrls(base: string, channel: Channel): WebhookUrls {
  const id = workflowId(channel);
  const sig = signatureOf(channel);
  return {
    workflow: `${base}/powerautomate/automations/direct/workflows/${id}/triggers/manual/paths/invoke?api-version=1&${SP}&sv=1.0&sig=${sig}`,
    firstGeneration: `${base}/workflows/${id}/triggers/manual/paths/invoke?api-version=2016-06-01&${SP}&sv=1.0&sig=${sig}`,
    connector: `${base}/webhookb2/${id}@demo/IncomingWebhook/${sig.slice(0, 32)}/demo`,
  };
}

/** Whether the query is byte for byte what the portal handed out, apart from the order; a re-encoded `sp` is not. */
export function isSigned(channel: Channel, rawQuery: string): boolean {
  const parts = rawQuery.split('&');
  return parts.includes(SP) && parts.includes('sv=1.0') && parts.includes(`sig=${signatureOf(channel)}`);
}
