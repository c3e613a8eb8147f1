import type { Clock } from "../ports/clock.ts";
import type { Observation, WantsSource } from "../ports/wants_source.ts";
import { runAll } from "../async/run_all.ts";
import { Wake } from "../async/wake.ts";

/**
 * Follows a source until it has listed everything once. After `timeoutMs` returns what the source
 * has by then, with `synced` false.
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
      enough.abort();
    },
  ]);
  return source.observe();
}
