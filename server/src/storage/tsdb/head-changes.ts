/** Counters by which those who keep answers see that something has changed; see `HotReader`. */
export class HeadChanges {
  placement = 0;
  moves = 0;
  revision = 0;
  lateWrites = 0;

  /** Samples went to blocks or slots got other numbers, but every series is where it was. */
  cut(): void {
    this.placement += 1;
  }

  /** Series left their places, or what is behind their places has changed. */
  move(): void {
    this.placement += 1;
    this.moves += 1;
  }
}
