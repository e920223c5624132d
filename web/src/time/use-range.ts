import { useSearchParams } from 'react-router';
import { DEFAULT_RANGE, type RangeText } from './range.ts';

export interface UrlRange {
  readonly range: RangeText;
  /** Puts the range into the URL as a new history entry, so that Back undoes it. */
  readonly setRange: (range: RangeText) => void;
}

/** The page's time range, kept in `?from=…&to=…`; the last hour when absent. */
export function useRange(): UrlRange {
  const [search, setSearch] = useSearchParams();
  const range = { from: search.get('from') ?? DEFAULT_RANGE.from, to: search.get('to') ?? DEFAULT_RANGE.to };
  const setRange = (next: RangeText) =>
    setSearch((current) => {
      const changed = new URLSearchParams(current);
      changed.set('from', next.from);
      changed.set('to', next.to);
      return changed;
    });
  return { range, setRange };
}
