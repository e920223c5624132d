import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createAuth } from '../auth/auth.ts';
import type { Config } from '../config/load-config.ts';
import { systemClock } from '../runtime/clock.ts';
import { openStateStore } from '../state/state-store.ts';
import { StartError } from './data-folder.ts';

export interface TokenRequest {
  readonly name: string;
  readonly role: 'viewer' | 'responder' | 'admin';
  readonly scope: 'api' | 'ingest';
}

/** A new one-time sign-in address, for whoever may read and write the data folder. Works beside a running console. */
export async function newLoginUrl(config: Config, user: string, consoleUrl: string): Promise<string> {
  return withAuth(config, async ({ desk }) => {
    return `${consoleUrl}/login/once#${await desk.issueLink(user)}`;
  });
}

/** A new API token, shown this once. Works beside a running console. */
export async function newToken(config: Config, request: TokenRequest): Promise<string> {
  return withAuth(config, async ({ tokens, audit }) => {
    const { secret } = await tokens.create({ ...request, createdBy: 'command line', expiresAt: null });
    await audit.record({ actor: 'command line', action: 'token.created', target: request.name, ip: '' });
    return secret;
  });
}

async function withAuth<T>(config: Config, work: (auth: ReturnType<typeof createAuth>) => Promise<T>): Promise<T> {
  const path = join(config.dataDirectory, 'state.db');
  if (!existsSync(path)) {
    throw new StartError(
      `${config.dataDirectory} holds no console yet; start it once, or name its folder with --data-dir or --config`,
    );
  }
  const state = openStateStore(path);
  try {
    return await work(createAuth({ state, clock: systemClock }));
  } finally {
    await state.destroy();
  }
}
