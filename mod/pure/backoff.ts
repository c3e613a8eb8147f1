/** A back-off: doubles from `baseMs` with each failed attempt, up to `maxMs`. */
export interface Backoff {
  readonly baseMs: number;
  readonly maxMs: number;
}

/**
 * Time to wait after the `attempt`th failure in a row (1, 2, …), in ms: the doubled base with
 * jitter over its upper half, so that nodes that failed together do not come back together.
 * `random` gives numbers in [0, 1).
 */
export function backoffMs(attempt: number, backoff: Backoff, random: () => number): number {
  const full = Math.min(backoff.maxMs, backoff.baseMs * 2 ** Math.min(attempt - 1, 30));
  return Math.round(full * (0.5 + random() / 2));
}

/** `periodMs` plus or minus a tenth, so that a fleet does not act in step. */
export function jittered(periodMs: number, random: () => number): number {
  return Math.round(periodMs * (0.9 + random() / 5));
}
