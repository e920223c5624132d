import { z } from 'zod';
import { Role } from './session.ts';

/** `ingest` tokens may push samples and nothing else; `api` tokens act with their role. */
export const TokenScope = z.enum(['api', 'ingest']);
export type TokenScope = z.infer<typeof TokenScope>;

export const PostableToken = z.strictObject({
  name: z.string().trim().min(1).max(100),
  role: Role.default('viewer'),
  scope: TokenScope.default('api'),
  /** Epoch milliseconds; never expires when absent. */
  expiresAt: z.number().int().optional(),
});
export type PostableToken = z.infer<typeof PostableToken>;

/** An API token without its secret. Times are epoch milliseconds. */
export const TokenView = z.object({
  id: z.string(),
  name: z.string(),
  role: Role,
  scope: TokenScope,
  createdBy: z.string(),
  createdAt: z.number(),
  expiresAt: z.number().nullable(),
  lastUsedAt: z.number().nullable(),
});
export type TokenView = z.infer<typeof TokenView>;

/** The answer to creating a token: the only time its secret is shown. */
export const CreatedToken = z.object({ token: TokenView, secret: z.string() });
export type CreatedToken = z.infer<typeof CreatedToken>;
