import { panelWidth } from '@tila/contract/panel-points.ts';
import { useCallback, useState } from 'react';
import { PLOT_MARGIN } from '../../charts/plot-frame.ts';

/** The width to ask for so that a column of the grid, less the room for axes, has no pixel without its extremes. */
export function pixelsFor(columnWidth: number): number {
  return panelWidth(columnWidth - PLOT_MARGIN.left - PLOT_MARGIN.right);
}

/** Give `ref` to the panels' grid. `pixels` is null until its columns have been measured, and changes only from one width to another. */
export function usePanelPixels() {
  const [pixels, setPixels] = useState<number | null>(null);
  const ref = useCallback((grid: HTMLElement | null) => {
    if (grid === null) {
      return undefined;
    }
    // Resolved by the browser to lengths: "472px 472px".
    const measure = () => setPixels(pixelsFor(Number.parseFloat(getComputedStyle(grid).gridTemplateColumns) || grid.clientWidth));
    const observer = new ResizeObserver(measure);
    measure();
    observer.observe(grid);
    return () => observer.disconnect();
  }, []);
  return { ref, pixels };
}
