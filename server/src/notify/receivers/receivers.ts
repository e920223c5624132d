import type { Logger } from '../../runtime/logger.ts';
import { EmailIntegration } from './email/email-integration.ts';
import type { PostDeps } from './http-post.ts';
import type { Integration } from './integration.ts';
import { TeamsIntegration } from './msteamsv2/teams-integration.ts';
import type { IntegrationConfig, ReceiverConfig } from './receiver-config.ts';
import type { LinkBuilder, TemplateRenderer } from './template-renderer.ts';
import { WebhookIntegration } from './webhook/webhook-integration.ts';

export interface ReceiversDeps extends PostDeps {
  readonly renderer: TemplateRenderer;
  readonly links: LinkBuilder;
  readonly logger: Logger;
}

/** An integration with its identity: `endpoint` stays the same over reloads as long as name, kind and position do. */
export interface Endpoint {
  readonly endpoint: string;
  readonly integration: Integration;
}

export type Receivers = ReadonlyMap<string, readonly Endpoint[]>;

export function buildReceivers(configs: Iterable<ReceiverConfig>, deps: ReceiversDeps): Receivers {
  return new Map([...configs].map((config) => [config.name, buildEndpoints(config, deps)]));
}

function buildEndpoints(config: ReceiverConfig, deps: ReceiversDeps): readonly Endpoint[] {
  const counts = new Map<string, number>();
  return config.integrations.map((integration) => {
    const index = counts.get(integration.kind) ?? 0;
    counts.set(integration.kind, index + 1);
    return { endpoint: `${config.name}/${integration.kind}[${index}]`, integration: build(integration, deps) };
  });
}

function build(config: IntegrationConfig, deps: ReceiversDeps): Integration {
  switch (config.kind) {
    case 'msteamsv2':
      return new TeamsIntegration(config, deps);
    case 'email':
      return new EmailIntegration(config, deps);
    case 'webhook':
      return new WebhookIntegration(config, deps);
  }
}
