import { z } from 'zod';
import { Secret } from '../config/secret.ts';

/** An address that may be asked: http or https, no password inside. */
export const HttpUrl = z
  .url({ protocol: /^https?$/, error: 'must be a URL that begins with http:// or https://' })
  .refine((text) => !URL.canParse(text) || new URL(text).username === '', 'must not contain a user; use basic_auth');

const BasicAuth = z.strictObject({
  username: Secret.optional(),
  username_file: z.string().optional(),
  password: Secret.optional(),
  password_file: z.string().optional(),
});

const Authorization = z.strictObject({
  type: z.string().default('Bearer'),
  credentials: Secret.optional(),
  credentials_file: z.string().optional(),
});

const TlsConfig = z.strictObject({
  ca_file: z.string().optional(),
  cert_file: z.string().optional(),
  key_file: z.string().optional(),
  server_name: z.string().optional(),
  insecure_skip_verify: z.boolean().default(false),
});

/** The keys Prometheus has wherever it speaks HTTP; spread into the schema of what speaks it. */
export const httpClientKeys = {
  basic_auth: BasicAuth.optional(),
  authorization: Authorization.optional(),
  bearer_token: Secret.optional(),
  bearer_token_file: z.string().optional(),
  tls_config: TlsConfig.optional(),
};

export const HttpClientConfig = z.object(httpClientKeys);
export type HttpClientConfig = z.infer<typeof HttpClientConfig>;

/** For `superRefine`: at most one way to sign in, and a certificate only with its key. */
export function checkHttpClient(config: HttpClientConfig, context: z.RefinementCtx): void {
  const ways = [config.basic_auth, config.authorization, config.bearer_token, config.bearer_token_file];
  if (ways.filter((way) => way !== undefined).length > 1) {
    context.addIssue({ code: 'custom', message: 'give only one of basic_auth, authorization, bearer_token, bearer_token_file' });
  }
  const tls = config.tls_config;
  if (tls !== undefined && (tls.cert_file === undefined) !== (tls.key_file === undefined)) {
    context.addIssue({ code: 'custom', path: ['tls_config'], message: 'cert_file and key_file go together' });
  }
}
