/** How a person ends a command; disposing stops listening. */
export interface StopSignals extends Disposable {
  /** Aborts at Ctrl-C (also at SIGTERM, and when the terminal is closed). */
  readonly stop: AbortSignal;
  /** Aborts at the second Ctrl-C: tidy up without asking politely. */
  readonly force: AbortSignal;
}

/** `npx` and `deno task` pass a signal on that we got already: so soon after, it is the same one. */
const SAME_SIGNAL_MS = 1000;

/** Listens for signals; the third one gives up tidying, with 130. */
export function listenForStop(): StopSignals {
  const stop = new AbortController();
  const force = new AbortController();
  let last = 0;
  const listener = () => {
    const now = Date.now();
    if (now - last < SAME_SIGNAL_MS) return;
    last = now;
    if (!stop.signal.aborted) stop.abort();
    else if (!force.signal.aborted) force.abort();
    else Deno.exit(130);
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) Deno.addSignalListener(signal, listener);
  return {
    stop: stop.signal,
    force: force.signal,
    [Symbol.dispose]: () => {
      for (const signal of signals) Deno.removeSignalListener(signal, listener);
    },
  };
}
