import { z } from 'zod';
import { type EnvLookup, Text } from '../routing/config-fields.ts';
import { emailSpec, type SmtpGlobals } from './email/email-spec.ts';
import { teamsSpec, webhookSpec } from './http-receiver-specs.ts';
import type { ReceiverConfig } from './receiver-config.ts';

const UNSUPPORTED = [
  'discord',
  'incidentio',
  'jira',
  'mattermost',
  'msteams',
  'opsgenie',
  'pagerduty',
  'pushover',
  'rocketchat',
  'slack',
  'sns',
  'telegram',
  'victorops',
  'webex',
  'wechat',
] as const;

/** One entry of `receivers`. Alertmanager's other receiver types are refused by name, so that nobody waits for a page in vain. */
export function receiverSpec(env: EnvLookup, globals: SmtpGlobals) {
  const unsupported = Object.fromEntries(
    UNSUPPORTED.map((kind) => [
      `${kind}_configs`,
      z
        .unknown()
        .refine(
          () => false,
          `receiver type ${kind} is not supported by Tila yet; use ${kind === 'msteams' ? 'msteamsv2_configs' : 'webhook_configs'}`,
        )
        .optional(),
    ]),
  );
  return z
    .strictObject({
      name: Text.nullish(),
      labels: z.record(z.string(), Text).optional(),
      msteamsv2_configs: z.array(teamsSpec(env)).nullish(),
      email_configs: z.array(emailSpec(env, globals)).nullish(),
      webhook_configs: z.array(webhookSpec(env)).nullish(),
      ...unsupported,
    })
    .transform(
      (spec): ReceiverConfig => ({
        name: spec.name ?? '',
        labels: { ...spec.labels, name: spec.name ?? '' },
        integrations: [...(spec.msteamsv2_configs ?? []), ...(spec.email_configs ?? []), ...(spec.webhook_configs ?? [])],
      }),
    );
}
