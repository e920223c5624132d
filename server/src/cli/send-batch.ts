import { setTimeout as pause } from 'node:timers/promises';
import { compressBlock } from '../model/remote-write/snappy-block.ts';
import { encodeWrite } from '../model/remote-write/write-encoder.ts';
import type { ApiTarget } from './api-client.ts';
import type { OpenMetricsBatch } from './openmetrics-file.ts';

const ATTEMPTS = 5;
const FIRST_PAUSE_MS = 500;
const TIMEOUT_MS = 60_000;

/** Sends a batch to a running console until it is stored. Resolves with the console's words when it can take only some of it, with `null` when it took all. */
export async function sendBatch(target: ApiTarget, { rows, metadata }: OpenMetricsBatch): Promise<string | null> {
  const body = new Uint8Array(compressBlock(encodeWrite({ rows, metadata }, '1.0')));
  let last = '';
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    if (attempt > 0) {
      await pause(FIRST_PAUSE_MS * 2 ** attempt * (0.5 + Math.random()));
    }
    const response = await post(target, body);
    if (typeof response === 'string') {
      last = response;
    } else if (response.ok) {
      return null;
    } else if (response.status === 400) {
      return await response.text();
    } else if (response.status === 401 || response.status === 403) {
      throw new Error(`${target.url} refuses the token; an import needs one of "tila token create --scope ingest"`);
    } else {
      last = `${response.status} ${await response.text()}`;
    }
  }
  throw new Error(`${target.url} does not take the samples: ${last}; run the import again, it goes on where it must`);
}

async function post(target: ApiTarget, body: Uint8Array<ArrayBuffer>): Promise<Response | string> {
  try {
    return await fetch(`${target.url}/api/v1/write`, {
      method: 'POST',
      headers: {
        ...target.headers,
        'Content-Type': 'application/x-protobuf',
        'Content-Encoding': 'snappy',
        'X-Prometheus-Remote-Write-Version': '0.1.0',
      },
      body,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
