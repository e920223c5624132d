import { accessSync, constants, mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** Something about the machine that the person who starts Tila must change; the message is one sentence that says what. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/** Where the parts keep their files. */
export interface DataFolder {
  readonly metrics: string;
  readonly state: string;
  readonly spool: string;
}

/** Makes the folder when it is missing. @throws StartError when it cannot be written. */
export function prepareDataFolder(path: string): DataFolder {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    accessSync(path, constants.W_OK);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    throw new StartError(
      `the data folder ${path} cannot be written (${code}); make it writable or name another with server.data_dir`,
      { cause },
    );
  }
  return { metrics: path, state: join(path, 'state.db'), spool: join(path, 'spool') };
}
