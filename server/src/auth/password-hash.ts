import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const derive = promisify<string, Buffer, number, { N: number; r: number; p: number; maxmem: number }, Buffer>(scrypt);

/** scrypt cost. N = 2^15, r = 8 takes 32 MiB and about 80 ms; OWASP's list for scrypt gives p = 3 with it. */
export interface ScryptCost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

export const SCRYPT_COST: ScryptCost = { N: 2 ** 15, r: 8, p: 3 };

const KEY_BYTES = 32;
const MAX_CONCURRENT = 2;

/**
 * Hashes and checks passwords with scrypt on libuv's threads. Cost parameters are stored in each hash, so they can rise later.
 * At most two run at once (64 MiB); the rest wait, so a flood of sign-ins cannot exhaust memory or the thread pool.
 */
export class PasswordHasher {
  readonly #cost: ScryptCost;
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  #decoy: Promise<string> | undefined;

  constructor(cost: ScryptCost = SCRYPT_COST) {
    this.#cost = cost;
  }

  async hash(password: string): Promise<string> {
    const salt = randomBytes(16);
    const key = await this.#derive(password, salt, this.#cost);
    const { N, r, p } = this.#cost;
    return `scrypt$${N}$${r}$${p}$${salt.toString('base64url')}$${key.toString('base64url')}`;
  }

  /** Takes as long for `null` (no such user, or no password yet) as for a real hash, and is then always false. */
  async verify(password: string, stored: string | null): Promise<boolean> {
    this.#decoy ??= this.hash(randomBytes(16).toString('hex'));
    const parsed = parseHash(stored ?? (await this.#decoy));
    const key = await this.#derive(password, parsed.salt, parsed.cost);
    const isEqual = timingSafeEqual(key, parsed.key);
    return isEqual && stored !== null;
  }

  async #derive(password: string, salt: Buffer, cost: ScryptCost): Promise<Buffer> {
    if (this.#running >= MAX_CONCURRENT) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else {
      this.#running += 1;
    }
    try {
      return await derive(password.normalize('NFKC'), salt, KEY_BYTES, { ...cost, maxmem: 256 * cost.N * cost.r });
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) {
        this.#running -= 1;
      } else {
        next();
      }
    }
  }
}

function parseHash(stored: string): { readonly cost: ScryptCost; readonly salt: Buffer; readonly key: Buffer } {
  const [scheme, N, r, p, salt = '', key = ''] = stored.split('$');
  const bytes = Buffer.from(key, 'base64url');
  if (scheme !== 'scrypt' || bytes.length !== KEY_BYTES) {
    throw new Error('stored password hash is not scrypt; the auth_user table was changed by something else');
  }
  return { cost: { N: Number(N), r: Number(r), p: Number(p) }, salt: Buffer.from(salt, 'base64url'), key: bytes };
}
