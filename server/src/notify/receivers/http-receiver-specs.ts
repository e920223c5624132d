import { z } from 'zod';
import { Duration, type EnvLookup, Flag, Text, textWithEnv } from '../routing/config-fields.ts';
import type { TeamsConfig, WebhookConfig } from './receiver-config.ts';
import { Secret } from './secret.ts';

const REQUEST_TIMEOUT_MS = 10_000;

/** Alertmanager's `http_config`. What Tila cannot do yet is listed by `unsupportedHttpKeys`. */
export function httpConfigSpec(env: EnvLookup) {
  const secret = textWithEnv(env);
  return z.strictObject({
    basic_auth: z.strictObject({ username: secret, password: secret }).optional(),
    authorization: z
      .strictObject({ type: Text.default('Bearer'), credentials: secret.optional(), credentials_file: Text.optional() })
      .optional(),
    follow_redirects: Flag.optional(),
    enable_http2: Flag.optional(),
    proxy_url: Text.optional(),
    no_proxy: Text.optional(),
    proxy_from_environment: Flag.optional(),
    proxy_connect_header: z.unknown().optional(),
    oauth2: z.unknown().optional(),
    tls_config: z.unknown().optional(),
    http_headers: z
      .record(z.string(), z.strictObject({ values: z.array(Text).optional(), secrets: z.array(Text).optional() }))
      .optional(),
  });
}

type HttpConfig = z.output<ReturnType<typeof httpConfigSpec>>;

/** One `msteamsv2_configs` entry. `webhook_url` may hold `${NAME}`; the URL is kept byte for byte (its query is a signature). */
export function teamsSpec(env: EnvLookup) {
  return z
    .strictObject({
      send_resolved: Flag.default(true),
      webhook_url: textWithEnv(env).optional(),
      webhook_url_file: Text.optional(),
      title: Text.optional(),
      text: Text.optional(),
      http_config: httpConfigSpec(env).optional(),
      timeout: Duration.optional(),
    })
    .transform((spec, context): TeamsConfig => {
      const url = secretOf({ value: spec.webhook_url, file: spec.webhook_url_file, key: 'webhook_url' }, context);
      checkUrl(spec.webhook_url, 'webhook_url', context);
      return {
        kind: 'msteamsv2',
        sendResolved: spec.send_resolved,
        url,
        title: spec.title,
        text: spec.text,
        timeoutMs: spec.timeout ?? REQUEST_TIMEOUT_MS,
      };
    });
}

export function webhookSpec(env: EnvLookup) {
  return z
    .strictObject({
      send_resolved: Flag.default(true),
      url: textWithEnv(env).optional(),
      url_file: Text.optional(),
      max_alerts: z.number().int().min(0).default(0),
      timeout: Duration.optional(),
      http_config: httpConfigSpec(env).optional(),
    })
    .transform((spec, context): WebhookConfig => {
      const url = secretOf({ value: spec.url, file: spec.url_file, key: 'url' }, context);
      checkUrl(spec.url, 'url', context);
      return {
        kind: 'webhook',
        sendResolved: spec.send_resolved,
        url,
        maxAlerts: spec.max_alerts,
        headers: headersOf(spec.http_config),
        authorization: authorizationOf(spec.http_config),
        timeoutMs: spec.timeout === undefined || spec.timeout === 0 ? REQUEST_TIMEOUT_MS : spec.timeout,
      };
    });
}

interface SecretSource {
  readonly value: string | undefined;
  readonly file: string | undefined;
  readonly key: string;
}

type Context = z.core.$RefinementCtx;

/** The value or the file, exactly one of them; anything else is a problem in Alertmanager's words. */
export function secretOf({ value, file, key }: SecretSource, context: Context): Secret {
  if (value !== undefined && file !== undefined) {
    context.addIssue({ code: 'custom', message: `at most one of ${key} & ${key}_file must be configured`, path: [key] });
  }
  if (value === undefined && file === undefined) {
    context.addIssue({ code: 'custom', message: `one of ${key} or ${key}_file must be configured` });
  }
  return file === undefined ? Secret.ofValue(value ?? '') : Secret.ofFile(file);
}

function checkUrl(url: string | undefined, key: string, context: Context): void {
  // An empty text comes from an environment variable that was already reported.
  if (url === undefined || url === '') {
    return;
  }
  const scheme = URL.canParse(url) ? new URL(url).protocol : '';
  if (scheme !== 'https:' && scheme !== 'http:') {
    context.addIssue({
      code: 'custom',
      message: `${key} is not an http(s) URL; paste it exactly as the receiving side shows it`,
      path: [key],
    });
  }
}

function headersOf(http: HttpConfig | undefined): Record<string, string> {
  const entries = Object.entries(http?.http_headers ?? {});
  return Object.fromEntries(
    entries.map(([name, { values, secrets }]) => [name, [...(values ?? []), ...(secrets ?? [])].join(', ')]),
  );
}

function authorizationOf(http: HttpConfig | undefined): WebhookConfig['authorization'] {
  if (http?.basic_auth !== undefined) {
    const { username, password } = http.basic_auth;
    return { scheme: 'Basic', credentials: Secret.ofValue(Buffer.from(`${username}:${password}`).toString('base64')) };
  }
  const given = http?.authorization;
  if (given?.credentials_file !== undefined) {
    return { scheme: given.type, credentials: Secret.ofFile(given.credentials_file) };
  }
  return given?.credentials === undefined ? undefined : { scheme: given.type, credentials: Secret.ofValue(given.credentials) };
}
