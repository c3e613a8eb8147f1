import { type Backoff, backoffMs } from "../backoff.ts";

/** Where something is refused, nothing but what somebody does helps. */
export const REFUSED: Backoff = { baseMs: 10_000, maxMs: 60_000 };

/**
 * What is known of the right to one sort of change: that it is missing is found out by one node for
 * all, as thousands that ask each for itself would be a load. Times as those of `ChangeTries`.
 */
export class RightTries {
  /** What is changed by it, as RBAC names it. */
  readonly resource: "nodes" | "nodes/status";
  #lacking: string | undefined;
  #refusals = 0;
  #notBeforeMs = -Infinity;

  constructor(resource: RightTries["resource"]) {
    this.resource = resource;
  }

  /** Why no node may be changed; undefined: nobody said so at the last try. */
  get lacking(): string | undefined {
    return this.#lacking;
  }

  /** Before this no node is tried. */
  get notBeforeMs(): number {
    return this.#notBeforeMs;
  }

  /** It is missing. */
  lack(why: string, nowMs: number, random: () => number): void {
    this.#lacking = why;
    if (nowMs < this.#notBeforeMs) return; // another node was tried at the same time
    this.#notBeforeMs = nowMs + backoffMs(++this.#refusals, REFUSED, random);
  }

  /** It is not, by what a node was answered. */
  granted(): void {
    this.#lacking = undefined;
    this.#refusals = 0;
    this.#notBeforeMs = -Infinity;
  }
}
