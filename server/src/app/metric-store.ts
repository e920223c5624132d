import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { RemoteStorageSection } from '../config/remote-storage-section.ts';
import type { SeriesReader, SeriesWriter } from '../model/series-store.ts';
import { PromqlEngine } from '../promql/engine.ts';
import { type QueryEngine, RemoteEngine } from '../query-workers/remote-engine.ts';
import type { Endpoint, Fetch } from '../storage/remote/http-client.ts';
import { RemoteStore } from '../storage/remote/remote-store.ts';
import { awsCredentials, signedFetch } from '../storage/remote/signed-fetch.ts';
import { openTsdb, type Tsdb } from '../storage/tsdb/tsdb.ts';
import type { AppContext } from './app-context.ts';

/** Where samples are kept. `tsdb` is the embedded store, `remote` another engine: one of them is there. */
export type MetricStore =
  | { readonly kind: 'embedded'; readonly store: Tsdb }
  | { readonly kind: 'remote'; readonly store: RemoteStore };

/** What both have. */
export type AnyStore = SeriesReader & SeriesWriter & { watermarks(): ReadonlyMap<string, number> };

/** Opens the store the configuration asks for. @throws DataFolderInUseError */
export async function openStore(context: AppContext): Promise<MetricStore> {
  const { remote } = context.config.file.storage;
  return remote === undefined
    ? { kind: 'embedded', store: context.stack.use(await openEmbedded(context)) }
    : { kind: 'remote', store: context.stack.use(openRemote(context, remote)) };
}

/** The store in the data folder. @throws DataFolderInUseError */
export function openEmbedded({
  clock,
  config,
  folder,
  logging,
  opening,
}: Pick<AppContext, 'clock' | 'config' | 'folder' | 'logging' | 'opening'>): Promise<Tsdb> {
  const { storage } = config.file;
  return openTsdb({
    folder: folder.metrics,
    clock,
    logger: logging.for('storage'),
    ...(opening !== undefined && { opening }),
    retentionMs: storage.retention,
    ...(storage.retention_size !== undefined && { retentionBytes: storage.retention_size }),
    retention5mMs: storage.retention_5m,
    retention1hMs: storage.retention_1h,
    outOfOrderWindowMs: storage.out_of_order_window,
  });
}

/** What evaluates expressions: Tila's engine, or the remote store's where the configuration wants that. */
export function openEngine(context: AppContext, reader: SeriesReader): QueryEngine {
  const local = new PromqlEngine({ reader, now: () => context.clock.now() });
  const { remote } = context.config.file.storage;
  return remote?.evaluate === 'there'
    ? new RemoteEngine({
        local,
        endpoint: { ...endpointOf(context, remote), url: remote.read_url },
        fetch: fetchOf(context, remote),
      })
    : local;
}

function endpointOf(context: AppContext, remote: RemoteStorageSection): Omit<Endpoint, 'url'> {
  return { headers: () => headersOf(context, remote), timeoutMs: remote.timeout };
}

function openRemote(context: AppContext, remote: RemoteStorageSection): RemoteStore {
  const { clock, folder, logging } = context;
  const endpoint = endpointOf(context, remote);
  return new RemoteStore({
    folder: join(folder.metrics, 'remote'),
    write: { ...endpoint, url: remote.write_url },
    read: { ...endpoint, url: remote.read_url },
    readBy: remote.read_by,
    version: remote.write_version,
    shards: remote.shards,
    maxSamplesPerSend: remote.max_samples_per_send,
    maxQueueBytes: remote.max_queue_bytes,
    maxSamples: context.config.file.queries.max_samples,
    clock,
    logger: logging.for('remote-store'),
    fetch: fetchOf(context, remote),
    random: Math.random,
  });
}

function fetchOf({ clock }: AppContext, { sigv4 }: RemoteStorageSection): Fetch {
  if (sigv4 === undefined) {
    return fetch;
  }
  const { region, service, profile, role_arn: roleArn } = sigv4;
  return signedFetch(fetch, { region, service, clock, credentials: awsCredentials({ region, profile, roleArn }) });
}

/** The token's file is read for each request, so that a new token needs no restart. */
function headersOf({ config }: AppContext, remote: RemoteStorageSection): ReturnType<Endpoint['headers']> {
  if (remote.bearer_token_file === undefined) {
    return remote.headers;
  }
  const token = readFileSync(resolve(config.baseDirectory, remote.bearer_token_file), 'utf8').trim();
  return { ...remote.headers, authorization: `Bearer ${token}` };
}
