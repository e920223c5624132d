import { createContext, type ReactNode, useContext, useEffect, useState } from 'react';
import { useFeedClient } from '../live/live-provider.tsx';

const TICK_MS = 1000;
const NowContext = createContext(0);

export interface NowProviderProps {
  readonly children: ReactNode;
}

/** Ticks once a second with the server's clock, so that ages are right on a browser whose clock is wrong. */
export function NowProvider({ children }: NowProviderProps) {
  const client = useFeedClient();
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const read = () => setNow(Date.now() + (client?.status().clockOffsetMs ?? 0));
    read();
    const timer = setInterval(read, TICK_MS);
    return () => clearInterval(timer);
  }, [client]);
  return <NowContext.Provider value={now}>{children}</NowContext.Provider>;
}

/** The server's time, to the second. Components that read it render every second: keep them small. */
export function useNow(): number {
  return useContext(NowContext);
}
