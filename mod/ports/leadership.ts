/** Whether this controller may write; with a Kubernetes source a Lease decides. */
export interface Leadership {
  /** Takes part in the election until `signal` aborts, then gives the lease up. */
  follow(options: {
    readonly signal: AbortSignal;
    readonly changed: (leading: boolean) => void;
  }): Promise<void>;
  /** Asked before each write; turns false by the clock before another may start. */
  leading(): boolean;
}
