import type { Clock } from "../ports/clock.ts";
import type { Observation, WantsSource } from "../ports/wants_source.ts";
import { runAll } from "../async/run_all.ts";
import { Wake } from "../async/wake.ts";

/** How long it is waited for what is not followed, which nothing but a line depends on. */
const NOT_FOLLOWED_MS = 5_000;

/**
 * Follows a source until it has listed everything once and knows what it does not follow. After
 * `timeoutMs` returns what the source has by then, with `synced` false.
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
  const nowMs = () => options.clock.monotonicMs();
  const latest = nowMs() + options.timeoutMs;
  await runAll(signal, [
    (signal) => source.follow({ signal, changed: (cause) => wake.call(cause) }),
    async (signal) => {
      const waitFor = async (holds: (seen: Observation) => boolean, until: number) => {
        while (!holds(source.observe()) && !signal.aborted && nowMs() < until) {
          await wake.next({ signal, idleMs: Math.min(until - nowMs(), 250) });
        }
      };
      await waitFor(({ synced }) => synced, latest);
      const soon = Math.min(latest, nowMs() + NOT_FOLLOWED_MS);
      await waitFor(({ notFollowed }) => notFollowed !== undefined, soon);
      enough.abort();
    },
  ]);
  return source.observe();
}
