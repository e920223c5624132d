import { z } from 'zod';
import { Duration, type EnvLookup, Flag, flagWithEnv, Text, textWithEnv } from '../../routing/config-fields.ts';
import type { EmailConfig } from '../receiver-config.ts';
import { Secret } from '../secret.ts';

const SMTP_TIMEOUT_MS = 20_000;

/** What `global.smtp_*` says, used where an email entry says nothing. */
export function smtpGlobals(env: EnvLookup) {
  const text = textWithEnv(env);
  return {
    smtp_smarthost: text.optional(),
    smtp_from: text.optional(),
    smtp_hello: text.optional(),
    smtp_auth_username: text.optional(),
    smtp_auth_password: text.optional(),
    smtp_auth_password_file: Text.optional(),
    smtp_require_tls: flagWithEnv(env).optional(),
    smtp_force_implicit_tls: Flag.optional(),
  };
}

export type SmtpGlobals = {
  readonly [Key in keyof ReturnType<typeof smtpGlobals>]?: z.output<ReturnType<typeof smtpGlobals>[Key]> | undefined;
};

/** One `email_configs` entry, completed from the global section. Alertmanager's default of not sending resolves is kept. */
export function emailSpec(env: EnvLookup, globals: SmtpGlobals) {
  const text = textWithEnv(env);
  return z
    .strictObject({
      send_resolved: Flag.default(false),
      to: text.optional(),
      from: text.optional(),
      smarthost: text.optional(),
      hello: text.optional(),
      auth_username: text.optional(),
      auth_password: text.optional(),
      auth_password_file: Text.optional(),
      require_tls: flagWithEnv(env).optional(),
      force_implicit_tls: Flag.optional(),
      tls_config: z.strictObject({ insecure_skip_verify: Flag.optional(), server_name: Text.optional() }).optional(),
      headers: z.record(z.string(), Text).optional(),
      html: Text.optional(),
      text: Text.optional(),
      threading: z
        .strictObject({ enabled: Flag.default(false), thread_by_date: z.enum(['daily', 'none']).default('daily') })
        .optional(),
      timeout: Duration.optional(),
    })
    .transform((spec, context): EmailConfig => {
      const problem = (message: string) => context.addIssue({ code: 'custom', message });
      const smarthost = spec.smarthost ?? globals.smtp_smarthost;
      const address = hostAndPort(smarthost ?? '');
      if (smarthost === undefined) {
        problem('no global SMTP smarthost set; set global.smtp_smarthost or smarthost here');
      } else if (address === undefined && smarthost !== '') {
        problem(`address ${smarthost}: missing port in address; write host:port`);
      }
      const from = spec.from ?? globals.smtp_from;
      if (from === undefined) {
        problem('no global SMTP from set; set global.smtp_from or from here');
      }
      if (spec.to === undefined) {
        problem('missing to address in email config');
      }
      for (const name of duplicateHeaders(spec.headers ?? {})) {
        problem(`duplicate header "${name}" in email config`);
      }
      const port = address?.port ?? 25;
      return {
        kind: 'email',
        sendResolved: spec.send_resolved,
        to: spec.to ?? '',
        from: from ?? '',
        host: address?.host ?? '',
        port,
        hello: spec.hello ?? globals.smtp_hello,
        auth: authOf(spec, globals, problem),
        requireTls: spec.require_tls ?? globals.smtp_require_tls ?? true,
        implicitTls: spec.force_implicit_tls ?? globals.smtp_force_implicit_tls ?? port === 465,
        verifyTls: spec.tls_config?.insecure_skip_verify !== true,
        headers: spec.headers ?? {},
        html: spec.html,
        text: spec.text,
        threading: { enabled: spec.threading?.enabled ?? false, byDate: spec.threading?.thread_by_date ?? 'daily' },
        timeoutMs: spec.timeout ?? SMTP_TIMEOUT_MS,
      };
    });
}

interface AuthKeys {
  readonly auth_username?: string | undefined;
  readonly auth_password?: string | undefined;
  readonly auth_password_file?: string | undefined;
}

function authOf(spec: AuthKeys, globals: SmtpGlobals, problem: (message: string) => void): EmailConfig['auth'] {
  if (spec.auth_password !== undefined && spec.auth_password_file !== undefined) {
    problem('at most one of auth_password & auth_password_file must be configured');
  }
  const isOwn = spec.auth_password !== undefined || spec.auth_password_file !== undefined;
  const password = isOwn ? spec.auth_password : globals.smtp_auth_password;
  const file = isOwn ? spec.auth_password_file : globals.smtp_auth_password_file;
  const username = spec.auth_username ?? globals.smtp_auth_username;
  if (username === undefined || username === '') {
    return undefined;
  }
  return { username, password: file === undefined ? Secret.ofValue(password ?? '') : Secret.ofFile(file) };
}

function hostAndPort(address: string): { readonly host: string; readonly port: number } | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:]*)):(\d{1,5})$/.exec(address);
  return match === null ? undefined : { host: match[1] ?? match[2] ?? '', port: Number(match[3]) };
}

function duplicateHeaders(headers: Readonly<Record<string, string>>): readonly string[] {
  const seen = new Set<string>();
  return Object.keys(headers).filter((name) => seen.size === seen.add(name.toLowerCase()).size);
}
