import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { Agent } from 'undici';
import type { Clock } from '../clock.ts';
import { type SecretDeps, SecretReader } from '../config/secret.ts';
import { Exchange, type RawAnswer, tooLarge } from './exchange.ts';
import type { HttpClientConfig } from './http-config.ts';
import { HttpError, parseRetryAfter } from './http-error.ts';

export interface HttpRequest {
  readonly url: string | URL;
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly timeoutMs: number;
  /** Of the body, also after decompression. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

interface AnswerHead {
  readonly status: number;
  readonly contentType: string | undefined;
}

export interface HttpAnswer extends AnswerHead {
  readonly body: Buffer;
}

export interface ChunkedAnswer extends AnswerHead {
  /** The body as it came, or in one piece. */
  readonly chunks: readonly Buffer[];
}

export interface HttpClientDeps extends SecretDeps {
  readonly clock: Clock;
  readonly config: HttpClientConfig;
}

/** Longer than the usual scrape interval, so that a target is not connected to anew each time. */
const KEEP_ALIVE_MS = 150_000;
const TLS_REREAD_MS = 60_000;
const ANSWER_EXCERPT_CHARACTERS = 500;
const OWN_HEADERS = { 'accept-encoding': 'gzip', 'user-agent': 'tila' };
const unzip = promisify(gunzip);

/** One source's way out: its credentials, its TLS files, its connections. Follows no redirects and speaks only http and https. */
export class HttpClient implements AsyncDisposable {
  readonly #deps: HttpClientDeps;
  readonly #secrets: SecretReader;
  readonly #isAnonymous: boolean;
  #agent: Agent | undefined;
  #agentTls = '';
  #agentCheckedAt = Number.NEGATIVE_INFINITY;

  constructor(deps: HttpClientDeps) {
    this.#deps = deps;
    this.#secrets = new SecretReader(deps);
    const { basic_auth, authorization, bearer_token, bearer_token_file } = deps.config;
    this.#isAnonymous = [basic_auth, authorization, bearer_token, bearer_token_file].every((each) => each === undefined);
  }

  /** @throws HttpError for anything but a 2xx answer; the signal's reason when it aborts; SecretError. */
  async send(wanted: HttpRequest): Promise<HttpAnswer> {
    const { chunks, ...head } = await this.sendForChunks(wanted);
    return { ...head, body: joined(chunks) };
  }

  /** The same without making one piece of a large body. */
  async sendForChunks(wanted: HttpRequest): Promise<ChunkedAnswer> {
    const { signal, timeoutMs } = wanted;
    const url = typeof wanted.url === 'string' ? new URL(wanted.url) : wanted.url;
    if (url.protocol !== 'http:' && url.protocol !== 'https:') {
      throw new HttpError(`${url.protocol} addresses are not asked, only http: and https:`);
    }
    signal.throwIfAborted();
    const exchange = new Exchange(wanted.maxBytes);
    const abort = (): void => exchange.abort(signal.reason);
    const cancel = this.#deps.clock.after(timeoutMs, () => {
      exchange.abort(new HttpError(`no full answer within ${timeoutMs / 1000} s`));
    });
    signal.addEventListener('abort', abort);
    try {
      return await this.#exchange(url, wanted, exchange);
    } catch (error) {
      signal.throwIfAborted();
      throw error instanceof Error && error.name === 'SecretError' ? error : asHttpError(error);
    } finally {
      cancel();
      signal.removeEventListener('abort', abort);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent?.destroy();
  }

  async #exchange(url: URL, wanted: HttpRequest, exchange: Exchange): Promise<ChunkedAnswer> {
    const options = {
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method: wanted.method ?? 'GET',
      headers: await this.#headers(wanted.headers),
      body: wanted.body ?? null,
    } as const;
    const dispatcher = this.#freshAgent() ?? (await this.#dispatcher());
    const answer = await exchange.run(dispatcher, options).catch((error: unknown) => {
      // A kept-alive connection that the other side closes just now; Go's client tries once more too.
      if (!exchange.isAborted && options.method === 'GET' && isClosedConnection(error)) {
        return exchange.run(dispatcher, options);
      }
      throw error;
    });
    const chunks = await unpacked(answer, wanted.maxBytes);
    if (answer.status < 200 || answer.status > 299) {
      throw this.#refused(answer, joined(chunks));
    }
    return { status: answer.status, contentType: textHeader(answer.headers['content-type']), chunks };
  }

  #refused(answer: RawAnswer, body: Buffer): HttpError {
    const { status } = answer;
    const location = textHeader(answer.headers.location);
    const redirect = location === undefined ? '' : `, a redirect to ${location}, which is not followed: configure that address`;
    return new HttpError(`the server answered with status ${status}${redirect}`, {
      status,
      retryAfterMs: parseRetryAfter(textHeader(answer.headers['retry-after']), this.#deps.clock.now()),
      answer: body.toString('utf8', 0, ANSWER_EXCERPT_CHARACTERS),
    });
  }

  async #headers(wanted: HttpRequest['headers']): Promise<Record<string, string>> {
    return { ...OWN_HEADERS, ...wanted, ...(this.#isAnonymous ? {} : await this.#authorization()) };
  }

  async #authorization(): Promise<Record<string, string>> {
    const { basic_auth: basic, authorization, bearer_token, bearer_token_file } = this.#deps.config;
    if (basic !== undefined) {
      const user = await this.#secrets.read(basic.username, basic.username_file);
      const password = await this.#secrets.read(basic.password, basic.password_file);
      return { authorization: `Basic ${Buffer.from(`${user ?? ''}:${password ?? ''}`).toString('base64')}` };
    }
    const token = await this.#secrets.read(
      authorization?.credentials ?? bearer_token,
      authorization?.credentials_file ?? bearer_token_file,
    );
    return token === undefined ? {} : { authorization: `${authorization?.type ?? 'Bearer'} ${token}` };
  }

  /** The agent, unless its certificates are to be looked at again. */
  #freshAgent(): Agent | undefined {
    return this.#deps.clock.now() - this.#agentCheckedAt < TLS_REREAD_MS ? this.#agent : undefined;
  }

  /** Certificates are re-read now and then, so that a rotated one is used without a restart. */
  async #dispatcher(): Promise<Agent> {
    const tls = await this.#tlsOptions();
    const fingerprint = JSON.stringify(tls);
    if (this.#agent === undefined || fingerprint !== this.#agentTls) {
      void this.#agent?.close();
      this.#agent = new Agent({
        allowH2: false,
        connect: tls,
        keepAliveTimeout: KEEP_ALIVE_MS,
        keepAliveMaxTimeout: KEEP_ALIVE_MS,
        // Every request has a time of its own for the whole answer.
        headersTimeout: 0,
        bodyTimeout: 0,
      });
      this.#agentTls = fingerprint;
    }
    this.#agentCheckedAt = this.#deps.clock.now();
    return this.#agent;
  }

  async #tlsOptions(): Promise<{ ca?: string; cert?: string; key?: string; servername?: string; rejectUnauthorized?: boolean }> {
    const tls = this.#deps.config.tls_config;
    if (tls === undefined) {
      return {};
    }
    return {
      rejectUnauthorized: !tls.insecure_skip_verify,
      ...(tls.server_name === undefined ? {} : { servername: tls.server_name }),
      ...(tls.ca_file === undefined ? {} : { ca: await this.#secrets.readFile(tls.ca_file) }),
      ...(tls.cert_file === undefined ? {} : { cert: await this.#secrets.readFile(tls.cert_file) }),
      ...(tls.key_file === undefined ? {} : { key: await this.#secrets.readFile(tls.key_file) }),
    };
  }
}

/** The body, decompressed where it came so. */
async function unpacked({ headers, chunks }: RawAnswer, maxBytes: number): Promise<readonly Buffer[]> {
  if (textHeader(headers['content-encoding']) !== 'gzip') {
    return chunks;
  }
  const whole = await unzip(joined(chunks), { maxOutputLength: maxBytes }).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ERR_BUFFER_TOO_LARGE'
      ? tooLarge(maxBytes, error)
      : new HttpError('the answer is not valid gzip', { cause: error });
  });
  return [whole];
}

function joined(chunks: readonly Buffer[]): Buffer {
  const [only = Buffer.alloc(0)] = chunks;
  return chunks.length <= 1 ? only : Buffer.concat(chunks);
}

function textHeader(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

function isClosedConnection(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'UND_ERR_SOCKET' || error.code === 'ECONNRESET');
}

function asHttpError(error: unknown): HttpError {
  if (error instanceof HttpError) {
    return error;
  }
  const messages = error instanceof AggregateError ? error.errors.map(String).join('; ') : '';
  const message = error instanceof Error && error.message !== '' ? error.message : messages;
  return new HttpError(`the request failed: ${message || String(error)}`, { cause: error });
}
