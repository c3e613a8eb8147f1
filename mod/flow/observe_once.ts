import type { Clock } from "../ports/clock.ts";
import type { Observation, WantsSource } from "../ports/wants_source.ts";
import { runAll } from "../async/run_all.ts";
import { Wake } from "../async/wake.ts";
import { awaitedText } from "../pure/wants/awaited.ts";

/** How long a source may take to read everything, in ms: a server may never answer, files end. */
const TIMEOUT_MS = { kubernetes: 10 * 60_000, manifests: Infinity };

/** How often it is told what is still not read, in ms. */
const TELL_MS = 10_000;

/** How much longer it may take to find out what is not followed, in ms. */
const NOT_FOLLOWED_MS = 10_000;

/**
 * Follows a source until it has read everything once, and for some seconds more until it knows
 * what is not followed. Calls `waits` each ten seconds with what is not read yet. Throws, with
 * that, when an API server has not given everything in ten minutes, or when `signal` aborts.
 */
export async function observeOnce(
  source: WantsSource,
  options: {
    readonly signal: AbortSignal;
    readonly clock: Clock;
    readonly waits?: (notRead: string) => void;
  },
): Promise<Observation> {
  const wake = new Wake();
  const enough = new AbortController();
  const signal = AbortSignal.any([options.signal, enough.signal]);
  const untilMs = (ms: number) => ms - options.clock.monotonicMs();
  const startMs = options.clock.monotonicMs();
  const latest = startMs + TIMEOUT_MS[source.type];
  await runAll(signal, [
    (signal) => source.follow({ signal, changed: (cause) => wake.call(cause) }),
    async (signal) => {
      let tellAt = startMs + TELL_MS;
      while (!source.observe().synced && !signal.aborted && untilMs(latest) > 0) {
        await wake.next({ signal, idleMs: Math.min(untilMs(latest), 1_000) });
        if (untilMs(tellAt) > 0 || source.observe().synced) continue;
        options.waits?.(notRead(source));
        tellAt += TELL_MS;
      }
      const end = Math.min(latest, options.clock.monotonicMs() + NOT_FOLLOWED_MS);
      while (source.observe().notFollowed === undefined && !signal.aborted && untilMs(end) > 0) {
        await wake.next({ signal, idleMs: Math.min(untilMs(end), 100) });
      }
      enough.abort();
    },
  ]);
  const observation = source.observe();
  if (observation.synced) return observation;
  const why = options.signal.aborted
    ? "Stopped"
    : `Gave up after ${TIMEOUT_MS[source.type] / 60_000} minutes`;
  throw new Error(`${why}, not read yet: ${notRead(source)}`);
}

function notRead(source: WantsSource): string {
  return awaitedText(source.observe().awaited ?? []) || "all of it";
}
