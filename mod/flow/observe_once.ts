import type { Clock } from "../ports/clock.ts";
import type { Observation, WantsSource } from "../ports/wants_source.ts";
import { runAll } from "../async/run_all.ts";
import { Wake } from "../async/wake.ts";

/** How much longer it may take to find out what is not followed, in ms. */
const NOT_FOLLOWED_MS = 10_000;

/**
 * Follows a source until it has listed everything once, and for some seconds more until it knows
 * what is not followed. After `timeoutMs` returns what the source has by then, with `synced` false.
 */
export async function observeOnce(
  source: WantsSource,
  options: {
    readonly signal: AbortSignal;
    readonly timeoutMs: number;
    readonly clock: Clock;
  },
): Promise<Observation> {
  const wake = new Wake();
  const enough = new AbortController();
  const signal = AbortSignal.any([options.signal, enough.signal]);
  const leftMs = () => latest - options.clock.monotonicMs();
  const latest = options.clock.monotonicMs() + options.timeoutMs;
  await runAll(signal, [
    (signal) => source.follow({ signal, changed: (cause) => wake.call(cause) }),
    async (signal) => {
      while (!source.observe().synced && !signal.aborted && leftMs() > 0) {
        await wake.next({ signal, idleMs: Math.min(leftMs(), 250) });
      }
      const until = options.clock.monotonicMs() + NOT_FOLLOWED_MS;
      const moreMs = () => Math.min(leftMs(), until - options.clock.monotonicMs());
      while (source.observe().notFollowed === undefined && !signal.aborted && moreMs() > 0) {
        await wake.next({ signal, idleMs: Math.min(moreMs(), 100) });
      }
      enough.abort();
    },
  ]);
  return source.observe();
}
