import { createHash, randomBytes } from 'node:crypto';

/** A fresh 256-bit secret as 43 URL-safe characters, with a prefix that secret scanners can find. */
export function newSecret(prefix = ''): string {
  return `${prefix}${randomBytes(32).toString('base64url')}`;
}

/**
 * What is stored of a 256-bit secret. A fast hash is enough: nobody can guess the input, and looking a row up by the hash
 * leaks nothing useful about the secret through timing.
 */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
