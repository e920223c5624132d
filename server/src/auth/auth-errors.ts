/** No credentials, or none that are valid now. */
export class UnauthenticatedError extends Error {
  override readonly name = 'UnauthenticatedError';
}

/** Known, but not allowed to do this. */
export class ForbiddenError extends Error {
  override readonly name = 'ForbiddenError';
}

/** Sign-in failed. One text for an unknown user, a wrong password and a user without a password. */
export class InvalidCredentialsError extends Error {
  override readonly name = 'InvalidCredentialsError';

  constructor() {
    super('user or password is wrong');
  }
}

/** The one-time link was used, has expired, or never existed. */
export class InvalidLoginLinkError extends Error {
  override readonly name = 'InvalidLoginLinkError';

  constructor() {
    super('this sign-in link was used or has expired; ask for a new one');
  }
}

/** Too many failures. `retryAfterMs` says when the next attempt will be heard. */
export class TooManyAttemptsError extends Error {
  override readonly name = 'TooManyAttemptsError';
  readonly retryAfterMs: number;

  constructor(retryAfterMs: number) {
    super(`too many sign-in attempts; try again in ${Math.ceil(retryAfterMs / 1000)} s`);
    this.retryAfterMs = retryAfterMs;
  }
}

/** The new password is not acceptable; the message says why. */
export class WeakPasswordError extends Error {
  override readonly name = 'WeakPasswordError';
}

export class TokenNotFoundError extends Error {
  override readonly name = 'TokenNotFoundError';

  constructor(id: string) {
    super(`API token ${id} does not exist`);
  }
}
