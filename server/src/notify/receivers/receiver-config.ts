import type { Secret } from './secret.ts';

/** A notification text field: a Go template, or absent for Tila's built-in layout. */
export type TemplateText = string;

export interface TeamsConfig {
  readonly kind: 'msteamsv2';
  readonly sendResolved: boolean;
  readonly url: Secret;
  readonly title?: TemplateText | undefined;
  readonly text?: TemplateText | undefined;
  readonly timeoutMs: number;
}

export interface WebhookConfig {
  readonly kind: 'webhook';
  readonly sendResolved: boolean;
  readonly url: Secret;
  /** 0 is no limit. */
  readonly maxAlerts: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly authorization?: { readonly scheme: string; readonly credentials: Secret } | undefined;
  readonly timeoutMs: number;
}

export interface EmailConfig {
  readonly kind: 'email';
  readonly sendResolved: boolean;
  readonly to: TemplateText;
  readonly from: TemplateText;
  readonly host: string;
  readonly port: number;
  readonly hello?: string | undefined;
  readonly auth?: { readonly username: string; readonly password: Secret } | undefined;
  readonly requireTls: boolean;
  readonly implicitTls: boolean;
  readonly verifyTls: boolean;
  readonly headers: Readonly<Record<string, TemplateText>>;
  readonly html?: TemplateText | undefined;
  readonly text?: TemplateText | undefined;
  readonly threading: { readonly enabled: boolean; readonly byDate: 'daily' | 'none' };
  readonly timeoutMs: number;
}

export type IntegrationConfig = TeamsConfig | WebhookConfig | EmailConfig;
export type IntegrationKind = IntegrationConfig['kind'];

/** A named receiver: everything it holds is notified for the same groups. */
export interface ReceiverConfig {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly integrations: readonly IntegrationConfig[];
}
