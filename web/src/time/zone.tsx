import { createContext, type ReactNode, useContext, useMemo } from 'react';
import { usePersisted } from '../ui/persisted.ts';
import type { Zone } from './range-expression.ts';
import { type ZoneFormats, zoneFormats } from './zone-formats.ts';

export interface ZoneChoice extends ZoneFormats {
  readonly setZone: (zone: Zone) => void;
}

const ZoneContext = createContext<ZoneChoice>({ ...zoneFormats('utc'), setZone: () => {} });

export interface ZoneProviderProps {
  readonly children: ReactNode;
}

/** The zone every absolute time is shown in: the browser's until someone chooses UTC; remembered. */
export function ZoneProvider({ children }: ZoneProviderProps) {
  const [zone, setZone] = usePersisted<Zone>('tila-zone', ['local', 'utc']);
  const choice = useMemo(() => ({ ...zoneFormats(zone), setZone }), [zone, setZone]);
  return <ZoneContext.Provider value={choice}>{children}</ZoneContext.Provider>;
}

export function useZone(): ZoneChoice {
  return useContext(ZoneContext);
}
