import type { Clock } from "../../../ports/clock.ts";

/** How long a host that gave no answer is asked after the others. */
const REMEMBERED_MS = 30_000;

/**
 * Hosts that gave no answer, by their roots, for all pulls of the node: a mirror behind which nobody
 * is would otherwise cost each pull the time until one gives up.
 */
export class SilentHosts {
  readonly #clock: Clock;
  readonly #until = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether the others are asked before it. */
  has(root: string): boolean {
    return (this.#until.get(root) ?? -Infinity) > this.#clock.monotonicMs();
  }

  /** It is asked now: when it was silent before, others need not wait for it at the same time. */
  asking(root: string): void {
    if (this.#until.has(root)) this.silent(root);
  }

  silent(root: string): void {
    this.#until.set(root, this.#clock.monotonicMs() + REMEMBERED_MS);
  }

  answered(root: string): void {
    this.#until.delete(root);
  }
}
