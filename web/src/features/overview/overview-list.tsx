import type { Tile } from '@tila/contract/overview.ts';
import { useMemo } from 'react';
import { cx } from '../../ui/cx.ts';
import { statusRank } from '../../ui/status.ts';
import { EnvironmentHead } from './environment-head.tsx';
import classes from './overview-list.module.css';
import { OverviewTile } from './overview-tile.tsx';
import { compareTiles, summarizeEnvironments } from './tile-order.ts';

export interface OverviewListProps {
  readonly tiles: readonly Tile[];
  /** The hidden ones too, so that an environment's head tells the whole truth. */
  readonly all: readonly Tile[];
}

/** The phone's form: environments one below the other, the worst first, their services worst first. */
export function OverviewList({ tiles, all }: OverviewListProps) {
  const environments = useMemo(() => {
    const shown = new Set(tiles.map((tile) => tile.environment));
    return summarizeEnvironments(all)
      .filter(({ environment }) => shown.has(environment))
      .toSorted((a, b) => statusRank(a.worst) - statusRank(b.worst));
  }, [tiles, all]);
  return (
    <div className={cx(classes.list)}>
      {environments.map((summary) => (
        <section key={summary.environment} aria-label={summary.environment}>
          <h2>
            <EnvironmentHead summary={summary} />
          </h2>
          <ul>
            {tiles
              .filter((tile) => tile.environment === summary.environment)
              .toSorted(compareTiles)
              .map((tile) => (
                <li key={`${tile.cluster}/${tile.service}`}>
                  <OverviewTile tile={tile} scale={null} showCluster={summary.clusters.length > 1} showService />
                </li>
              ))}
          </ul>
        </section>
      ))}
    </div>
  );
}
