import { Duration } from '@tila/collectors/config/duration.ts';
import { z } from 'zod';

const HttpUrl = z.url({ protocol: /^https?$/, error: 'must be a URL that begins with http:// or https://' });

/** Requests are signed by AWS Signature Version 4, with credentials as the AWS tools find them. */
const SigV4Section = z.strictObject({
  region: z.string().min(1),
  /** A profile of the shared AWS files. */
  profile: z.string().min(1).optional(),
  /** A role to take on with those credentials. */
  role_arn: z
    .string()
    .regex(/^arn:[\w-]+:iam::\d{12}:role\/.+$/, 'must be the ARN of a role, like arn:aws:iam::123456789012:role/NAME')
    .optional(),
  /** `aps` is Amazon Managed Service for Prometheus. */
  service: z.string().min(1).default('aps'),
});

/** `storage.remote`: a Prometheus-compatible engine keeps the samples instead of Tila itself. */
export const RemoteStorageSection = z
  .strictObject({
    /** The whole address of its remote write receiver, for example http://vm:8428/api/v1/write. */
    write_url: HttpUrl,
    /** The address below which /api/v1/query is, for example http://vm:8428. */
    read_url: HttpUrl,
    /** `remote_read` (Prometheus, Mimir) tells where series ended; `query` works everywhere. */
    read_by: z.enum(['query', 'remote_read']).default('query'),
    /**
     * Who evaluates expressions. `here`: Tila fetches the samples and answers as Prometheus 3 does. `there`: the engine does, in
     * its own way, which spares fetching them.
     */
    evaluate: z.enum(['here', 'there']).default('here'),
    write_version: z.enum(['1.0', '2.0']).default('1.0'),
    /** For every request, for example X-Scope-OrgID. */
    headers: z.record(z.string().min(1), z.string()).default({}),
    bearer_token_file: z.string().min(1).optional(),
    sigv4: SigV4Section.optional(),
    timeout: Duration.prefault('30s'),
    /** Write requests under way at once. */
    shards: z.number().int().min(1).max(200).default(4),
    max_samples_per_send: z.number().int().min(1).max(100_000).default(2_000),
    /** What may wait on disk while the engine takes nothing; beyond it, collectors wait. */
    max_queue_bytes: z
      .number()
      .int()
      .min(1 << 20)
      .default(2 ** 30),
  })
  .refine(({ sigv4, bearer_token_file }) => sigv4 === undefined || bearer_token_file === undefined, {
    error: 'sigv4 and bearer_token_file are two ways to sign in: keep one',
    path: ['bearer_token_file'],
  });
export type RemoteStorageSection = z.infer<typeof RemoteStorageSection>;
