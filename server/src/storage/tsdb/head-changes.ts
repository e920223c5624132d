/** Counters by which those who keep answers see that something has changed; see `HotReader`. */
export class HeadChanges {
  placement = 0;
  revision = 0;
  lateWrites = 0;
}
