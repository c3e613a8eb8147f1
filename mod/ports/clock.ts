/** The two times of a program. */
export interface Clock {
  /** The time of day, in ms since the epoch: for what is shown or kept. It may be set at any time. */
  wallMs(): number;
  /**
   * Ms since some moment before: for durations and due times. It never goes back, whoever sets the
   * time of day; it stands still while the machine is suspended.
   */
  monotonicMs(): number;
}
