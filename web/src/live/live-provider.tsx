import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useEffect, useState, useSyncExternalStore } from 'react';
import { FeedClient, type FeedStatus } from './feed-client.ts';
import { openFeedSocket } from './socket.ts';

const LiveContext = createContext<FeedClient | null>(null);
const HIDDEN_FLUSH_MS = 1000;
const OFF: FeedStatus = { connection: 'connecting', heardAt: null, clockOffsetMs: 0, refused: null };

function startClient(queries: QueryClient): FeedClient {
  return new FeedClient({
    socket: openFeedSocket(),
    write: (topic, state) => queries.setQueryData(['feed', topic], state),
    // Frames stop in hidden tabs; there a slow timer keeps the data current.
    schedule: (flush) => void (document.hidden ? setTimeout(flush, HIDDEN_FLUSH_MS) : requestAnimationFrame(flush)),
    after: (ms, run) => void setTimeout(run, ms),
    now: () => Date.now(),
  });
}

export interface LiveProviderProps {
  readonly children: ReactNode;
}

/** Holds the page's one connection while it is mounted. Mount it only for someone signed in. */
export function LiveProvider({ children }: LiveProviderProps) {
  const queries = useQueryClient();
  const [client, setClient] = useState<FeedClient | null>(null);
  useEffect(() => {
    const started = startClient(queries);
    setClient(started);
    const stop = started.onStatus(() => {
      if (started.status().refused !== null) {
        // The usual reason is that the session has ended; asking shows the sign-in page then.
        void queries.invalidateQueries({ queryKey: ['session'] });
      }
    });
    return () => {
      stop();
      started[Symbol.dispose]();
    };
  }, [queries]);
  return <LiveContext.Provider value={client}>{children}</LiveContext.Provider>;
}

/** The page's feed; null outside the provider and for its first frame. */
export function useFeedClient(): FeedClient | null {
  return useContext(LiveContext);
}

const noSubscription = () => () => {};
const offStatus = () => OFF;

/** The state of the connection; renders again whenever the server is heard. */
export function useFeedStatus(): FeedStatus {
  const client = useFeedClient();
  return useSyncExternalStore(client?.onStatus ?? noSubscription, client?.status ?? offStatus);
}

const connectionOff = () => OFF.connection;

/** The connection alone; renders only when it changes. */
export function useConnection(): FeedStatus['connection'] {
  const client = useFeedClient();
  return useSyncExternalStore(
    client?.onStatus ?? noSubscription,
    client === null ? connectionOff : () => client.status().connection,
  );
}

const noProblem = () => null;

/** Why there is no live connection, in words for a person; null while there is one or the first attempt has not failed. */
export function useFeedProblem(): string | null {
  const client = useFeedClient();
  return useSyncExternalStore(client?.onStatus ?? noSubscription, client === null ? noProblem : () => problemOf(client.status()));
}

function problemOf({ connection, refused }: FeedStatus): string | null {
  return connection === 'live' || refused === null ? null : `The live connection cannot be opened: ${refused}. Trying again.`;
}
