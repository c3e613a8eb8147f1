import { FakeTime } from "@std/testing/time";
import { advance } from "../../harness/fakes/fake_time.ts";

/** A watch over a pull, in fake time. Disposing ends both. */
export interface WatchInFakeTime<Verdict> extends Disposable {
  /** What it has resolved to. */
  verdict(): Verdict | undefined;
  /** The pull is over. */
  stop(): void;
  advance(ms: number): Promise<void>;
}

/** Starts a watch. */
export function watchInFakeTime<Verdict>(
  start: (
    options: { readonly signal: AbortSignal; now(): number },
  ) => Promise<Verdict | undefined>,
): WatchInFakeTime<Verdict> {
  const time = new FakeTime();
  const over = new AbortController();
  let verdict: Verdict | undefined;
  start({ signal: over.signal, now: () => Date.now() }).then((ended) => verdict = ended);
  return {
    verdict: () => verdict,
    stop: () => over.abort(),
    advance: (ms) => advance(time, ms),
    [Symbol.dispose]() {
      over.abort();
      time.restore();
    },
  };
}
