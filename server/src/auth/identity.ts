export type Role = 'viewer' | 'responder' | 'admin';

/** What a token may do: `ingest` tokens push samples and nothing else. */
export type TokenScope = 'api' | 'ingest';

/** Who makes a request. A session's `sessionHash` and a token's `tokenId` name the credential without revealing it. */
export type Identity =
  | {
      readonly kind: 'session';
      readonly name: string;
      readonly role: Role;
      readonly sessionHash: string;
      readonly expiresAt: number;
      readonly mustSetPassword: boolean;
    }
  | {
      readonly kind: 'token';
      readonly name: string;
      readonly role: Role;
      readonly scope: TokenScope;
      readonly tokenId: string;
      readonly expiresAt: number | null;
    };

const RANK: Readonly<Record<Role, number>> = { viewer: 0, responder: 1, admin: 2 };

/** Every role may do what the roles below it may: viewer, responder, admin. */
export function roleIncludes(role: Role, required: Role): boolean {
  return RANK[role] >= RANK[required];
}
