import { z } from 'zod';

export const Role = z.enum(['viewer', 'responder', 'admin']);
export type Role = z.infer<typeof Role>;

export const SessionView = z.object({
  user: z.string(),
  role: Role,
  expiresAt: z.number(),
  mustSetPassword: z.boolean(),
  version: z.string(),
  demo: z.object({ inboxUrl: z.string(), scenarios: z.array(z.string()) }).nullable(),
});
export type SessionView = z.infer<typeof SessionView>;

export const SignIn = z.object({ user: z.string().min(1).max(200), password: z.string().min(1).max(1000) });
export type SignIn = z.infer<typeof SignIn>;

export const SetPassword = z.object({ password: z.string().min(12).max(1000), current: z.string().max(1000).optional() });
export type SetPassword = z.infer<typeof SetPassword>;

/** Trades the token of a one-time login link for a session. */
export const SignInOnce = z.object({ token: z.string().min(1).max(200) });
export type SignInOnce = z.infer<typeof SignInOnce>;
