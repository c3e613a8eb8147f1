/** How long a host is still to be left alone, as it has asked for that (429). */
export interface HostPause {
  readonly leftMs: number;
  /** Whether the host said how long (Retry-After); otherwise the time is our own guess. */
  readonly isTold: boolean;
}

/** A pull may wait so long for a host that says when to come back. */
const TOLD_MS = 30_000;
/**
 * And so long for one that does not: limits by the second are over by then. What lasts longer is told,
 * and then all pulls from the registry stand still by the queue's own back-off, which reports show.
 */
const UNTOLD_MS = 3_500;

/**
 * Whether one question of a pull waits for the end of a pause, having waited `spentMs` for such
 * already. Otherwise the pull fails, and says so.
 */
export function isWaitedFor({ leftMs, isTold }: HostPause, spentMs = 0): boolean {
  return spentMs + leftMs <= (isTold ? TOLD_MS : UNTOLD_MS);
}
