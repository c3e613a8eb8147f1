import { Deadline } from "../async/deadline.ts";
import { Wake } from "../async/wake.ts";
import type { ImageBytes } from "../ports/image_bytes.ts";
import type { Logger } from "../ports/logger.ts";
import type { BeatValue } from "../pure/bucket/agent_wire.ts";
import type { UninstallOrder } from "../pure/bucket/uninstall_order.ts";
import { messageOf } from "../pure/message_of.ts";

/** How long giving up everything may take, in ms: containerd frees the disk meanwhile. */
const ANSWER_MS = 120_000;
/** How soon it is tried again, in ms. */
const RETRY_MS = 10_000;
/** Nothing is to be done before the next word. */
const IDLE_MS = Infinity;

/** What `BytesRemoval` works with. */
export interface BytesRemovalDeps {
  /** Undefined: this node keeps no bytes. */
  readonly bytes: ImageBytes | undefined;
  readonly logger: Logger;
}

/** How `BytesRemoval` behaves. */
export interface BytesRemovalOptions {
  /** Whether a pull runs that may keep bytes. */
  readonly isFetching: () => boolean;
  /** Called when all bytes are given up: the bucket should be told. */
  readonly done: () => void;
}

/** Gives up all kept bytes when the bucket says so, as before an uninstall. */
export class BytesRemoval {
  readonly #deps: BytesRemovalDeps;
  readonly #options: BytesRemovalOptions;
  readonly #wake = new Wake();
  #order: UninstallOrder | undefined;
  #gaveUp: string | undefined;
  #failed = false;

  constructor(deps: BytesRemovalDeps, options: BytesRemovalOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  /** What the beat says of bytes; undefined: this node keeps none. */
  get told(): BeatValue["bytes"] {
    if (this.#deps.bytes === undefined) return undefined;
    return this.#gaveUp === undefined ? {} : { gaveUp: this.#gaveUp };
  }

  /** Takes in the order; undefined: there is none. From now on no pull begins that may keep bytes. */
  take(order: UninstallOrder | undefined): void {
    if (order?.id === this.#order?.id) return;
    this.#order = order;
    this.#gaveUp = undefined;
    this.#wake.call("order");
  }

  /** A pull has ended, which may have been awaited. */
  pullEnded(): void {
    if (this.#order !== undefined) this.#wake.call("pull ended");
  }

  /** Works until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    let idleMs = IDLE_MS;
    while (!signal.aborted) {
      await this.#wake.next({ signal, idleMs });
      if (!signal.aborted) idleMs = await this.#giveUp(signal);
    }
  }

  /** Resolves to when it is to be tried again, in ms. */
  async #giveUp(signal: AbortSignal): Promise<number> {
    const { bytes, logger } = this.#deps;
    const id = this.#order?.id;
    if (bytes === undefined || id === undefined || id === this.#gaveUp) return IDLE_MS;
    if (this.#options.isFetching()) return RETRY_MS;
    try {
      using deadline = new Deadline(ANSWER_MS, "the container runtime to give up bytes", signal);
      await bytes.removeAll({ signal: deadline.signal });
    } catch (error) {
      if (signal.aborted) return IDLE_MS;
      if (!this.#failed) {
        logger.warn("Could not give up all kept bytes, trying again", { error: messageOf(error) });
      }
      this.#failed = true;
      return RETRY_MS;
    }
    this.#failed = false;
    if (this.#order?.id !== id) return 0; // taken back, or given anew meanwhile
    this.#gaveUp = id;
    logger.info("Gave up all kept bytes, as the bucket says");
    this.#options.done();
    return IDLE_MS;
  }
}
