/** How far a running pull has come. */
export interface PullProgress {
  /** Bytes that have arrived, as they are stored in the registry. */
  readonly bytes: number;
  /** Of all that this pull fetches. */
  readonly totalBytes: number;
  /** Over the last seconds; absent until it can be told. */
  readonly bytesPerSecond?: number | undefined;
  /** Until all has arrived, at that rate. */
  readonly secondsLeft?: number | undefined;
}
