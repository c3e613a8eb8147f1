import type { Logger } from "../ports/logger.ts";

/** The signals' listener; disposing of it stops listening. */
export interface Shutdown extends Disposable {
  /** Aborts at the first SIGTERM or SIGINT. */
  readonly signal: AbortSignal;
}

/** What to listen with. */
export interface ShutdownOptions {
  readonly logger: Logger;
  /** Ends the process at once; `Deno.exit` when absent. */
  readonly exit?: ((code: number) => void) | undefined;
}

const SIGNALS: readonly Deno.Signal[] = ["SIGTERM", "SIGINT"];

/** The exit code of a program that a user interrupted (128 + SIGINT). */
const INTERRUPTED = 130;

/** Listens for signals: the first aborts `signal`, the second ends the process at once. */
export function listenForShutdown(options: ShutdownOptions): Shutdown {
  const { logger, exit = Deno.exit } = options;
  const controller = new AbortController();
  const listeners = SIGNALS.map((name) => {
    const listener = () => {
      if (controller.signal.aborted) {
        logger.warn("Ending at once, as a second signal came", { signal: name });
        exit(INTERRUPTED);
      } else {
        logger.info("Stopping; a second signal ends at once", { signal: name });
        controller.abort(new DOMException(`Stopped by ${name}`, "AbortError"));
      }
    };
    Deno.addSignalListener(name, listener);
    return { name, listener };
  });
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      for (const { name, listener } of listeners) Deno.removeSignalListener(name, listener);
    },
  };
}
