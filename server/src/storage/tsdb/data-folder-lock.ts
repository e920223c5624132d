import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export class DataFolderInUseError extends Error {
  override readonly name = 'DataFolderInUseError';

  constructor(folder: string, cause: unknown) {
    super(`the data folder ${folder} is in use by another Tila process: stop that one, or give this one a folder of its own`, {
      cause,
    });
  }
}

/**
 * Creates the folder when it is missing and takes it for this process until disposed. The lock is SQLite's own file lock,
 * so the operating system drops it when the process dies in whatever way: no stale lock is ever left behind.
 * @throws DataFolderInUseError when another process, or another caller in this one, holds it.
 */
export function lockDataFolder(folder: string): Disposable {
  mkdirSync(folder, { recursive: true });
  const database = new DatabaseSync(join(folder, 'lock.db'), { timeout: 0 });
  try {
    database.exec('PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE');
  } catch (cause) {
    database.close();
    throw isBusy(cause) ? new DataFolderInUseError(folder, cause) : cause;
  }
  return { [Symbol.dispose]: () => database.close() };
}

const SQLITE_BUSY = 5;

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY;
}
