import type { LabelSet } from '@tila/contract/labels.ts';
import { parse } from 'yaml';
import { z } from 'zod';
import type { HttpClient } from '../../http/http-client.ts';
import { HttpError } from '../../http/http-error.ts';
import { apiUrl } from '../history/history-reader.ts';

const ConfigAnswer = z.object({ data: z.object({ yaml: z.string() }) });
const Yaml = z.object({ global: z.object({ external_labels: z.record(z.string(), z.coerce.string()).nullish() }).nullish() });
const TIMEOUT_MS = 10_000;
const MAX_BYTES = 20 * 1024 * 1024;

/**
 * The external labels of a Prometheus server. `/federate` adds them to every series and the query API does not, so without them
 * a filled gap would be another series than the live one. Null when the server does not show its configuration.
 * @throws HttpError when it did not answer.
 */
export async function readExternalLabels(http: HttpClient, root: string, signal: AbortSignal): Promise<LabelSet | null> {
  try {
    const url = apiUrl(root, 'api/v1/status/config', []);
    const answer = await http.send({ url, timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES, signal });
    const { data } = ConfigAnswer.parse(JSON.parse(answer.body.toString('utf8')));
    return Yaml.parse(parse(data.yaml) ?? {}).global?.external_labels ?? {};
  } catch (error) {
    if (signal.aborted || (error instanceof HttpError && error.mayPass)) {
      throw error;
    }
    return null;
  }
}

/** As `/federate` does it: an external label is added unless the series has a label of that name. */
export function withExternalLabels(labels: LabelSet, external: LabelSet): LabelSet {
  return { ...external, ...labels };
}
