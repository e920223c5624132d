import type { Response } from 'express';
import { InvalidBatchError } from '../../ingest/batch-check.ts';
import { InvalidWriteRequestError, type RemoteWriteVersion } from '../../model/remote-write/decoded-write.ts';
import { InvalidSnappyError } from '../../model/remote-write/snappy-block.ts';
import type { HttpDeps } from '../deps.ts';
import type { Call, Route } from '../route.ts';
import { BodyTooLargeError, readBody } from './request-body.ts';
import { requestFormat } from './request-format.ts';
import { type WriteOutcome, WriteReceiver, type WriteRequest } from './write-receiver.ts';

const MAX_BODY_BYTES = 32 << 20;
/** Senders give up after 30 s by default; they are told before that. */
const MAX_WAIT_MS = 20_000;
/** Requests being read or written. Senders keep what is refused here and try again. */
const MAX_REQUESTS = 256;
const RETRY_AFTER_S = 5;

/**
 * `POST /api/v1/write`: receiver of Prometheus remote write 1.0 and 2.0.
 * 204 when everything is stored, 400 when some of it never can be (the rest is stored), 503 when it should be sent again.
 */
export function remoteWriteRoutes(deps: Pick<HttpDeps, 'ingest' | 'clock' | 'nameSeries'>): readonly Route[] {
  const receiver = new WriteReceiver(deps);
  let requests = 0;
  return [
    {
      method: 'post',
      path: '/api/v1/write',
      access: 'ingest',
      body: 'unread',
      answer: async (call) => {
        if (requests >= MAX_REQUESTS) {
          refuse(call.response, 503, `${MAX_REQUESTS} write requests are under way`);
          return;
        }
        requests += 1;
        try {
          await answerWrite(call, receiver);
        } finally {
          requests -= 1;
        }
      },
    },
  ];
}

async function answerWrite({ request, response, identity, signal }: Call, receiver: WriteReceiver): Promise<void> {
  const format = requestFormat(request.headers);
  if ('problem' in format) {
    refuse(response, 415, format.problem);
    return;
  }
  const source = sourceOf(identity.name);
  const body = await readBody(request, MAX_BODY_BYTES).catch(tooLargeOrThrow);
  if (body instanceof BodyTooLargeError) {
    refuse(response, 413, body.message);
    return;
  }
  await receive({ source, version: format.version, body }, { receiver, response, gone: signal });
}

function tooLargeOrThrow(error: unknown): BodyTooLargeError {
  if (error instanceof BodyTooLargeError) {
    return error;
  }
  throw error;
}

/** Series of one token are one source, so that its watermark and its silence are its own. */
function sourceOf(tokenName: string): string {
  return `remote-write/${tokenName.replace(/^token /, '').slice(0, 150)}`;
}

interface Exchange {
  readonly receiver: WriteReceiver;
  readonly response: Response;
  readonly gone: AbortSignal;
}

async function receive(request: WriteRequest, { receiver, response, gone }: Exchange): Promise<void> {
  const late = AbortSignal.timeout(MAX_WAIT_MS);
  try {
    const outcome = await receiver.receive(request, AbortSignal.any([gone, late]));
    setWritten(response, request.version, outcome.written);
    answerOutcome(response, outcome);
  } catch (error) {
    setWritten(response, request.version, 0);
    if (isForGood(error)) {
      refuse(response, 400, error.message);
    } else if (late.aborted) {
      refuse(response, 503, 'the store has not taken the samples in time');
    } else {
      throw error;
    }
  }
}

function isForGood(error: unknown): error is Error {
  return error instanceof InvalidSnappyError || error instanceof InvalidWriteRequestError || error instanceof InvalidBatchError;
}

/** 2.0 senders count by these; without them they take the receiver for one that knows 1.0 only. */
function setWritten(response: Response, version: RemoteWriteVersion, samples: number): void {
  if (version === '2.0') {
    response.set({
      'x-prometheus-remote-write-samples-written': String(samples),
      'x-prometheus-remote-write-histograms-written': '0',
      'x-prometheus-remote-write-exemplars-written': '0',
    });
  }
}

function answerOutcome(response: Response, { written, refused, problems }: WriteOutcome): void {
  if (refused === 0) {
    response.status(204).end();
  } else {
    refuse(response, 400, `${refused} samples refused, ${written} stored: ${problems.join('; ')}`);
  }
}

/** One line of text: senders log the first. */
function refuse(response: Response, status: number, reason: string): void {
  if (status === 503) {
    response.set('retry-after', String(RETRY_AFTER_S));
  }
  response
    .status(status)
    .type('text/plain')
    .send(`${reason.replace(/\s+/g, ' ')}\n`);
}
