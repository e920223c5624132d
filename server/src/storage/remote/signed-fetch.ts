import { createHash, createHmac } from 'node:crypto';
import type { SignatureV4 } from '@smithy/signature-v4';
import type { Clock } from '../../runtime/clock.ts';
import type { Fetch } from './http-client.ts';

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

/** Who signs, and for which service. */
export interface SigningOptions {
  readonly region: string;
  /** `aps`: Amazon Managed Service for Prometheus. */
  readonly service: string;
  readonly credentials: () => Promise<AwsCredentials>;
  readonly clock: Clock;
}

/** A `fetch` that signs every request by AWS Signature Version 4. It needs bodies that are bytes or a form, to hash them. */
export function signedFetch(fetch: Fetch, { region, service, credentials, clock }: SigningOptions): Fetch {
  let loading: Promise<SignatureV4> | undefined;
  // Loaded when it is needed: it would hold up every start.
  const load = async (): Promise<SignatureV4> => {
    const library = await import('@smithy/signature-v4');
    return new library.SignatureV4({ region, service, credentials: remembered(credentials, clock), sha256: Sha256 });
  };
  return async (url, init) => {
    loading ??= load();
    const signer = await loading;
    const target = new URL(url);
    const body = bytesOf(init.body);
    const request = {
      method: init.method ?? 'GET',
      protocol: target.protocol,
      hostname: target.hostname,
      path: target.pathname,
      query: queryOf(target.searchParams),
      headers: { ...headersOf(init), host: target.host },
      ...(body !== undefined && { body }),
    };
    const signed = await signer.sign(request, { signingDate: new Date(clock.now()) });
    init.signal?.throwIfAborted();
    return fetch(url, { ...init, headers: withoutHost(signed.headers), ...(body !== undefined && { body }) });
  };
}

/**
 * Credentials of a profile of the shared files, or as the AWS tools find them: environment, shared files, single sign-on, web
 * identity, container and instance metadata. With a role, those that it gives to whoever has these.
 */
export function awsCredentials(options: {
  readonly region: string;
  readonly profile?: string | undefined;
  readonly roleArn?: string | undefined;
}): () => Promise<AwsCredentials> {
  let loading: Promise<() => Promise<AwsCredentials>> | undefined;
  return async () => {
    loading ??= loadProvider(options);
    const provide = await loading;
    return provide();
  };
}

async function loadProvider({
  region,
  profile,
  roleArn,
}: Parameters<typeof awsCredentials>[0]): Promise<() => Promise<AwsCredentials>> {
  const { fromIni, fromNodeProviderChain, fromTemporaryCredentials } = await import('@aws-sdk/credential-providers');
  const clientConfig = { region };
  const own = profile === undefined ? fromNodeProviderChain({ clientConfig }) : fromIni({ clientConfig, profile });
  const params = { RoleArn: roleArn ?? '', RoleSessionName: 'tila' };
  return roleArn === undefined ? own : fromTemporaryCredentials({ params, masterCredentials: own, clientConfig });
}

const RENEW_BEFORE_MS = 5 * 60_000;

/** Asks once for many requests, and again before they expire or after a failure. */
function remembered(ask: SigningOptions['credentials'], clock: Clock): SigningOptions['credentials'] {
  let current: Promise<AwsCredentials> | undefined;
  let renewAt = Number.POSITIVE_INFINITY;
  return () => {
    if (current === undefined || clock.now() >= renewAt) {
      renewAt = Number.POSITIVE_INFINITY;
      const asked = ask();
      current = asked;
      asked.then(
        ({ expiration }) => {
          renewAt = expiration === undefined ? Number.POSITIVE_INFINITY : expiration.getTime() - RENEW_BEFORE_MS;
        },
        () => {
          current = undefined;
        },
      );
    }
    return current;
  };
}

function bytesOf(body: RequestInit['body']): Uint8Array<ArrayBuffer> | undefined {
  if (body === undefined || body === null) {
    return undefined;
  }
  if (body instanceof URLSearchParams) {
    return new Uint8Array(Buffer.from(body.toString()));
  }
  if (body instanceof Uint8Array) {
    return new Uint8Array(body);
  }
  throw new TypeError('only bytes and forms can be signed');
}

/** Names in lower case. A form is bytes by now, which nobody would tell the type of. */
function headersOf({ headers, body }: RequestInit): Record<string, string> {
  const form = body instanceof URLSearchParams ? { 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8' } : {};
  return { ...form, ...Object.fromEntries(new Headers(headers)) };
}

function queryOf(parameters: URLSearchParams): Record<string, string[]> {
  return Object.fromEntries([...new Set(parameters.keys())].map((name) => [name, parameters.getAll(name)]));
}

/** It is signed, and fetch writes it itself. */
function withoutHost(headers: Readonly<Record<string, string>>): Record<string, string> {
  const { host: _host, ...others } = headers;
  return others;
}

/** Node's SHA-256 in the form in which the library takes it. */
class Sha256 {
  #hash: ReturnType<typeof createHash> | ReturnType<typeof createHmac>;
  readonly #secret: string | Uint8Array | undefined;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#secret = secret === undefined || typeof secret === 'string' ? secret : bytesOfView(secret);
    this.#hash = this.#begun();
  }

  update(data: Uint8Array): void {
    this.#hash.update(data);
  }

  async digest(): Promise<Uint8Array> {
    return new Uint8Array(this.#hash.digest());
  }

  reset(): void {
    this.#hash = this.#begun();
  }

  #begun(): ReturnType<typeof createHash> | ReturnType<typeof createHmac> {
    return this.#secret === undefined ? createHash('sha256') : createHmac('sha256', this.#secret);
  }
}

function bytesOfView(data: ArrayBuffer | ArrayBufferView): Uint8Array {
  return ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : new Uint8Array(data);
}
