import type { Wake } from "../async/wake.ts";
import type { Conditions } from "../ports/conditions.ts";

/** A loop that waits for causes beats this often. */
const BEAT_MS = 5_000;

/**
 * Waits for causes as `Wake.next()` does, and beats meanwhile. `/livez` then follows the loop: it
 * fails when the loop neither waits here nor gets on with its turn.
 */
export async function nextCauses(
  wake: Wake,
  conditions: Conditions,
  options: Parameters<Wake["next"]>[0],
): Promise<readonly string[]> {
  for (let leftMs = options.idleMs;; leftMs -= BEAT_MS) {
    conditions.beat();
    const causes = await wake.next({ ...options, idleMs: Math.min(leftMs, BEAT_MS) });
    if (causes.length > 0 || options.signal.aborted || leftMs <= BEAT_MS) return causes;
  }
}
