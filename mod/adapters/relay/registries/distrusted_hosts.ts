import type { Clock } from "../../../ports/clock.ts";

/** How long a host that gave wrong bytes is asked after the others, in ms. */
const REMEMBERED_MS = 30 * 60_000;

/**
 * Mirrors that gave other bytes than were asked for, by registry and root, for all pulls of the node.
 * Only whoever has all of a blob sees that, when it is too late to ask another host: without this
 * each try would end like the first.
 */
export class DistrustedHosts {
  readonly #clock: Pick<Clock, "monotonicMs">;
  readonly #until = new Map<string, number>();

  constructor(clock: Pick<Clock, "monotonicMs">) {
    this.#clock = clock;
  }

  /** Whether the others are asked before it. */
  has(registry: string, root: string): boolean {
    return (this.#until.get(`${registry} ${root}`) ?? -Infinity) > this.#clock.monotonicMs();
  }

  add(registry: string, root: string): void {
    this.#until.set(`${registry} ${root}`, this.#clock.monotonicMs() + REMEMBERED_MS);
  }
}
