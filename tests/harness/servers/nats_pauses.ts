import { delay } from "@std/async/delay";
import util from "nats/lib/nats-base-client/util.js";

/** What ends the pauses that last now. */
const ends = new Set<() => void>();

let users = 0;

/**
 * Lets tests end the pauses that nats.js makes between tries to have a consumer back, of up to 7.5 s
 * and without a handle for anybody. When the last user is disposed of, all of them end at once: the
 * library then finds its connection closed, and gives up. Dispose of it after the connections.
 */
export function useNatsPauses(): AsyncDisposable {
  if (users++ === 0) util.delay = endablePause;
  return {
    async [Symbol.asyncDispose]() {
      if (--users > 0) return;
      for (const end of [...ends]) end();
      await delay(0); // so that it sees the end of its pause
    },
  };
}

/** As the library's own `delay()`, which gives `cancel()` to nobody. */
function endablePause(ms = 0): Promise<void> & { cancel(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const end = () => {
    clearTimeout(timer);
    ends.delete(end);
    resolve();
  };
  const timer = setTimeout(end, ms);
  ends.add(end);
  return Object.assign(promise, { cancel: end });
}
