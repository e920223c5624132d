import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';

/**
 * A secret in a configuration file: `{ env: NAME }` names an environment variable; a plain string is the secret itself.
 * Beside it, Prometheus' `…_file` keys name a file. Resolved each time it is used, so a rotated secret needs no restart.
 */
export const Secret = z.union(
  [z.string().min(1), z.strictObject({ env: z.string().min(1) })],
  'a secret is a text or { env: NAME_OF_A_VARIABLE }',
);
export type Secret = z.infer<typeof Secret>;

export interface SecretDeps {
  /** Relative file names start here: the folder of the configuration file. */
  readonly baseDirectory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export class SecretError extends Error {
  override readonly name = 'SecretError';
}

/** Looks up secrets by their references. Neither the secret nor a part of it appears in an error. */
export class SecretReader {
  readonly #deps: SecretDeps;

  constructor(deps: SecretDeps) {
    this.#deps = deps;
  }

  /** The file wins over the reference; undefined when neither is given. @throws SecretError when the reference leads nowhere. */
  async read(reference: Secret | undefined, file: string | undefined): Promise<string | undefined> {
    if (file !== undefined) {
      return (await this.readFile(file)).trim();
    }
    if (reference === undefined || typeof reference === 'string') {
      return reference;
    }
    const value = this.#deps.environment[reference.env];
    if (value === undefined || value === '') {
      throw new SecretError(`the environment variable ${reference.env} is not set`);
    }
    return value;
  }

  async readFile(file: string): Promise<string> {
    const path = resolve(this.#deps.baseDirectory, file);
    try {
      return await readFile(path, 'utf8');
    } catch (cause) {
      throw new SecretError(`cannot read the secret file ${path}`, { cause });
    }
  }
}
