import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../runtime/manual-clock.fake.ts';
import { openStateStore, type StateDatabase } from '../state/state-store.ts';
import { type Auth, createAuth } from './auth.ts';
import { roleIncludes } from './identity.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const PASSWORD = 'correct horse battery';

let state: StateDatabase;
let clock: ManualClock;
let auth: Auth;

beforeEach(() => {
  state = openStateStore(':memory:');
  clock = new ManualClock(1_000_000_000_000);
  auth = createAuth({ state, clock, scryptCost: { N: 1024, r: 8, p: 1 } });
});

afterEach(async () => {
  await state.destroy();
});

const cookie = (secret: string) => ({ cookie: `theme=dark; tila_session=${secret}` });

async function adminWithPassword(): Promise<string> {
  const first = await auth.desk.firstSignIn();
  const session = await auth.desk.signInOnce({ token: first?.token ?? '', ip: '10.0.0.1' });
  const identity = await auth.sessions.find(session.secret);
  if (identity === null) {
    throw new Error('the link did not sign in');
  }
  await auth.desk.setPassword(identity, { password: PASSWORD, current: undefined, ip: '10.0.0.1' });
  return session.secret;
}

async function everythingStored(): Promise<string> {
  const tables = ['auth_user', 'auth_session', 'auth_login_link', 'auth_token', 'audit_entry'];
  const rows = await Promise.all(tables.map(async (table) => (await sql`SELECT * FROM ${sql.table(table)}`.execute(state)).rows));
  return JSON.stringify(rows);
}

describe('first sign-in', () => {
  it('makes admin, whose link works once and only within the hour', async () => {
    const first = await auth.desk.firstSignIn();
    expect(first?.user).toBe('admin');
    await auth.desk.signInOnce({ token: first?.token ?? '', ip: 'a' });
    await expect(auth.desk.signInOnce({ token: first?.token ?? '', ip: 'a' })).rejects.toThrow(/used or has expired/);
    const second = await auth.desk.firstSignIn();
    await clock.advance(HOUR);
    await expect(auth.desk.signInOnce({ token: second?.token ?? '', ip: 'a' })).rejects.toThrow(/used or has expired/);
  });

  it('lets one of two racers in', async () => {
    const token = (await auth.desk.firstSignIn())?.token ?? '';
    const outcomes = await Promise.allSettled([1, 2].map(() => auth.desk.signInOnce({ token, ip: 'a' })));
    expect(outcomes.map((outcome) => outcome.status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('offers no link once admin has a password', async () => {
    await adminWithPassword();
    expect(await auth.desk.firstSignIn()).toBeNull();
  });
});

describe('passwords', () => {
  it.for([
    { user: 'admin', password: PASSWORD, ok: true, why: 'the right password' },
    { user: 'admin', password: `${PASSWORD} `, ok: false, why: 'a wrong password' },
    { user: 'Admin', password: PASSWORD, ok: false, why: 'names are case-sensitive' },
    { user: 'nobody', password: PASSWORD, ok: false, why: 'an unknown user' },
    { user: "' OR 1=1 --", password: PASSWORD, ok: false, why: 'SQL in the name' },
  ])('$why', async ({ user, password, ok }) => {
    await adminWithPassword();
    const attempt = auth.desk.signIn({ user, password, ip: 'b' });
    await (ok ? expect(attempt).resolves.toHaveProperty('secret') : expect(attempt).rejects.toThrow('user or password is wrong'));
  });

  it('a user without a password cannot sign in with an empty one', async () => {
    await auth.desk.firstSignIn();
    await expect(auth.desk.signIn({ user: 'admin', password: '', ip: 'b' })).rejects.toThrow('user or password is wrong');
  });

  it.for([
    { password: 'short', why: 'too short' },
    { password: 'aaaaaaaaaaaaaaaa', why: 'one letter' },
    { password: 'admin-admin-admin', why: 'the user name' },
  ])('refuses a weak one: $why', async ({ password }) => {
    const session = await auth.desk.signInOnce({ token: (await auth.desk.firstSignIn())?.token ?? '', ip: 'a' });
    const identity = await auth.sessions.find(session.secret);
    await expect(identity && auth.desk.setPassword(identity, { password, current: undefined, ip: 'a' })).rejects.toHaveProperty(
      'name',
      'WeakPasswordError',
    );
  });

  it('changing one needs the current one and ends the other sessions', async () => {
    const mine = await adminWithPassword();
    const other = await auth.desk.signIn({ user: 'admin', password: PASSWORD, ip: 'b' });
    const revoked: string[] = [];
    auth.sessions.onRevoked((hash) => revoked.push(hash));
    const identity = await auth.sessions.find(mine);
    const change = { password: 'another fine secret', ip: 'a' };
    await expect(identity && auth.desk.setPassword(identity, { ...change, current: 'wrong' })).rejects.toThrow(/wrong/);
    await (identity && auth.desk.setPassword(identity, { ...change, current: PASSWORD }));
    expect(await auth.sessions.find(other.secret)).toBeNull();
    expect(await auth.sessions.find(mine)).not.toBeNull();
    expect(revoked).toHaveLength(1);
  });
});

describe('guessing', () => {
  it('waits double with every failure of a name, then forgets', async () => {
    await adminWithPassword();
    const guess = (ip: string) => auth.desk.signIn({ user: 'admin', password: 'wrong', ip }).catch((error: Error) => error.name);
    for (let n = 0; n < 5; n += 1) {
      expect(await guess(`${n}`)).toBe('InvalidCredentialsError');
    }
    expect(await guess('x')).toBe('TooManyAttemptsError');
    await clock.advance(1000);
    expect(await guess('y')).toBe('InvalidCredentialsError');
    await clock.advance(1000);
    expect(await guess('z')).toBe('TooManyAttemptsError');
    await clock.advance(15 * MINUTE);
    await auth.desk.signIn({ user: 'admin', password: PASSWORD, ip: 'x' });
  });

  it('parallel guesses do not slip through', async () => {
    await adminWithPassword();
    const guesses = Array.from({ length: 12 }, (_, n) =>
      auth.desk.signIn({ user: 'admin', password: `guess ${n}`, ip: `${n}` }).catch((error: Error) => error.name),
    );
    const outcomes = await Promise.all(guesses);
    expect(outcomes.filter((outcome) => outcome === 'InvalidCredentialsError')).toHaveLength(5);
  });

  it('one address guessing many names is slowed down too', async () => {
    const outcomes: string[] = [];
    for (let n = 0; n < 21; n += 1) {
      outcomes.push(
        await auth.desk.signIn({ user: `u${n}`, password: 'x', ip: 'one' }).then(String, (error: Error) => error.name),
      );
    }
    expect(outcomes.at(-1)).toBe('TooManyAttemptsError');
  });
});

describe('sessions', () => {
  it.for([
    { steps: [23 * HOUR], alive: true, why: 'used within a day' },
    { steps: [24 * HOUR], alive: false, why: 'idle for a day' },
    { steps: Array<number>(10).fill(20 * HOUR), alive: false, why: 'used for longer than a week' },
  ])('$why', async ({ steps, alive }) => {
    const secret = await adminWithPassword();
    for (const step of steps) {
      await clock.advance(step);
      await auth.authenticator.authenticate(cookie(secret));
    }
    expect((await auth.authenticator.authenticate(cookie(secret))) !== null).toBe(alive);
  });

  it('signing out ends it', async () => {
    const secret = await adminWithPassword();
    const identity = await auth.sessions.find(secret);
    await (identity && auth.desk.signOut(identity, 'a'));
    expect(await auth.authenticator.authenticate(cookie(secret))).toBeNull();
  });
});

describe('tokens', () => {
  const wanted = { name: 'grafana', role: 'viewer', scope: 'api', createdBy: 'admin', expiresAt: null } as const;

  it('authenticate until they are revoked', async () => {
    const { secret, token } = await auth.tokens.create(wanted);
    const headers = { authorization: `Bearer ${secret}` };
    expect(await auth.authenticator.authenticate(headers)).toMatchObject({ kind: 'token', role: 'viewer', scope: 'api' });
    await auth.tokens.revoke(token.id);
    expect(await auth.authenticator.authenticate(headers)).toBeNull();
    await expect(auth.tokens.revoke(token.id)).rejects.toHaveProperty('name', 'TokenNotFoundError');
  });

  it('may be the password of Basic, whatever the name', async () => {
    const { secret } = await auth.tokens.create(wanted);
    const authorization = `Basic ${Buffer.from(`anybody:${secret}`).toString('base64')}`;
    expect(await auth.authenticator.authenticate({ authorization })).toMatchObject({ kind: 'token', scope: 'api' });
  });

  it('end when they expire', async () => {
    const { secret } = await auth.tokens.create({ ...wanted, expiresAt: clock.now() + HOUR });
    await clock.advance(HOUR);
    expect(await auth.authenticator.authenticate({ authorization: `Bearer ${secret}` })).toBeNull();
  });

  it.for([
    { headers: {}, why: 'nothing' },
    { headers: { authorization: 'Bearer' }, why: 'no secret' },
    { headers: { authorization: 'Basic YWRtaW46YWRtaW4=' }, why: 'a name and password' },
    { headers: { authorization: 'Basic !' }, why: 'a damaged pair' },
    { headers: { authorization: 'Digest username="x"' }, why: 'another scheme' },
    { headers: { authorization: 'Bearer tila_made-up' }, why: 'a made-up token' },
    { headers: { cookie: 'tila_session=' }, why: 'an empty cookie' },
    { headers: { cookie: ';;=;tila_session' }, why: 'a broken cookie' },
  ])('nobody comes in with $why', async ({ headers }) => {
    expect(await auth.authenticator.authenticate(headers)).toBeNull();
  });

  it('a bad token is not mended by a good cookie', async () => {
    const secret = await adminWithPassword();
    expect(await auth.authenticator.authenticate({ ...cookie(secret), authorization: 'Bearer tila_no' })).toBeNull();
  });
});

describe('what is stored', () => {
  it('holds no secret in the clear', async () => {
    const session = await adminWithPassword();
    const { secret } = await auth.tokens.create({ name: 't', role: 'admin', scope: 'api', createdBy: 'admin', expiresAt: null });
    const link = await auth.desk.issueLink('admin');
    const stored = await everythingStored();
    for (const clear of [session, secret, link, PASSWORD]) {
      expect(stored).not.toContain(clear);
    }
    expect(stored).toContain('scrypt$1024$8$1$');
  });

  it.for([
    { statement: sql`DELETE FROM audit_entry`, why: 'delete' },
    { statement: sql`UPDATE audit_entry SET actor = 'x'`, why: 'update' },
  ])('the audit log refuses: $why', async ({ statement }) => {
    await adminWithPassword();
    await expect(statement.execute(state)).rejects.toThrow(/append-only/);
  });

  it('the audit log tells the story, newest first, and pages', async () => {
    await adminWithPassword();
    await auth.desk.signIn({ user: 'nobody', password: 'hunter2', ip: 'evil' }).catch(() => undefined);
    const entries = await auth.audit.list({ limit: 10 });
    expect(entries.map((entry) => `${entry.actor} ${entry.action} ${entry.outcome}`)).toEqual([
      'unknown user session.created failed',
      'admin password.set ok',
      'admin login_link.used ok',
      'tila user.created ok',
    ]);
    expect(await auth.audit.list({ limit: 10, beforeId: entries[1]?.id ?? 0 })).toEqual(entries.slice(2));
  });
});

it.for([
  { role: 'viewer', required: 'viewer', allowed: true },
  { role: 'viewer', required: 'responder', allowed: false },
  { role: 'responder', required: 'responder', allowed: true },
  { role: 'responder', required: 'admin', allowed: false },
  { role: 'admin', required: 'responder', allowed: true },
] as const)('$role may what $required may: $allowed', ({ role, required, allowed }) => {
  expect(roleIncludes(role, required)).toBe(allowed);
});
