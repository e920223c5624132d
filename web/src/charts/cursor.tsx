import { createContext, type ReactNode, useContext, useState, useSyncExternalStore } from 'react';

/** Where the pointer is in time, shared by all charts of a page. Not React state, so that moving costs no page render. */
export interface Cursor {
  readonly at: () => number | null;
  readonly move: (at: number | null) => void;
  readonly onMove: (listener: () => void) => () => void;
}

function makeCursor(): Cursor {
  const listeners = new Set<() => void>();
  let current: number | null = null;
  return {
    at: () => current,
    move: (at) => {
      current = at;
      for (const listener of listeners) {
        listener();
      }
    },
    onMove: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

const CursorContext = createContext<Cursor | null>(null);

export interface CursorGroupProps {
  readonly children: ReactNode;
}

/** Charts inside share one crosshair. */
export function CursorGroup({ children }: CursorGroupProps) {
  const [cursor] = useState(makeCursor);
  return <CursorContext.Provider value={cursor}>{children}</CursorContext.Provider>;
}

/** The group's cursor, or one of its own outside a group. */
export function useCursor(): Cursor {
  const shared = useContext(CursorContext);
  const [own] = useState(makeCursor);
  return shared ?? own;
}

export function useCursorAt(cursor: Cursor): number | null {
  return useSyncExternalStore(cursor.onMove, cursor.at);
}
