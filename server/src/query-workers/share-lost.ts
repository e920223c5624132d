import type { Selection } from '../model/series-store.ts';
import type { HorizonTimes } from '../storage/tsdb/horizons.ts';

/** The query must be asked again without shares. */
export class ShareLostError extends Error {
  override readonly name = 'ShareLostError';

  /**
   * Series that are only in rollups are known to no share, so that each would give all of them.
   * @throws ShareLostError when retention has come to the selection
   */
  static unlessHot(selection: Pick<Selection, 'fromMs'>, { raw }: HorizonTimes): void {
    if (selection.fromMs < raw) {
      throw new ShareLostError('retention has come to the selection');
    }
  }
}
