import { startTimer } from "../../async/timer.ts";
import type { Logger } from "../../ports/logger.ts";

/**
 * How long a pull waits for another one by the daemon, in ms. Each takes a tenth of a second; one
 * that takes longer than this unpacks onto a slow disk, and the client's way is open.
 */
const WAIT_MS = 1000;

/**
 * The way by the daemon, for all pulls of one runtime. One at a time takes it, as kubelet's pulls
 * share the daemon's places; and none any more once the daemon has not found the relay.
 */
export class DaemonWay {
  readonly #logger: Logger;
  #reachesRelay = true;
  #busy: Promise<void> | undefined;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Whether the daemon sees the relay's hosts folder and address, as far as is known. */
  get reachesRelay(): boolean {
    return this.#reachesRelay;
  }

  /** Resolves to the place, which disposing gives back; to undefined when it does not get free soon. */
  async take(): Promise<Disposable | undefined> {
    const late = Promise.withResolvers<"late">();
    using _timer = startTimer(WAIT_MS, () => late.resolve("late"));
    while (this.#busy !== undefined) {
      if (await Promise.race([this.#busy, late.promise]) === "late") return undefined;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#busy = promise;
    return {
      [Symbol.dispose]: () => {
        this.#busy = undefined;
        resolve();
      },
    };
  }

  /** A pull by the daemon has ended without any request at the relay. */
  missedRelay(): void {
    if (!this.#reachesRelay) return;
    this.#reachesRelay = false;
    this.#logger.warn("Gave up pulls by the daemon, as containerd did not find the relay", {
      effect: "pulls work, and take more processor time",
      advice: "run the agent in the node's network, with the relay's folder at the same path there",
    });
  }
}
