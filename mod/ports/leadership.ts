/** Decides whether this controller may write the bucket: one of several replicas leads. */
export interface Leadership {
  /**
   * Takes part in the election until `signal` aborts, then stops leading. Calls `changed` each time
   * this controller starts or stops leading, and leaves it to the caller to log and measure that.
   */
  follow(options: {
    readonly signal: AbortSignal;
    readonly changed: (leading: boolean) => void;
  }): Promise<void>;
  /** Asked before each write; false, by the clock, before another controller may lead. */
  leading(): boolean;
}
