/** One moment by both times of a program. */
export interface Moment {
  /** Ms since the epoch: what people are shown. */
  readonly wallMs: number;
  /** Ms by a clock that nobody sets: what durations and due times are reckoned with. */
  readonly monotonicMs: number;
}

/** The present moment by `clock`. */
export function momentOf(
  clock: { wallMs(): number; monotonicMs(): number },
): Moment {
  return { wallMs: clock.wallMs(), monotonicMs: clock.monotonicMs() };
}
