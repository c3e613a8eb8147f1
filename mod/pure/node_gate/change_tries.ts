import { type Backoff, backoffMs } from "../backoff.ts";
import type { ObservedNode } from "../objects/observed.ts";

/** Between tries that failed. */
const FAILED: Backoff = { baseMs: 1_000, maxMs: 10_000 };
/** Where a right is missing, nothing but somebody's grant helps. */
const REFUSED: Backoff = { baseMs: 10_000, maxMs: 60_000 };
/** How long after a change the node is not held to be otherwise: it is seen some time later. */
const SEEN_MS = 10_000;

/** The tries of one change to a node; times are ms by a clock that nobody sets. */
export class ChangeTries {
  /** The node as it was seen when the change was made. */
  #changed: ObservedNode | undefined;
  #notBeforeMs = -Infinity;
  #failures = 0;
  #refusals = 0;
  #refused: string | undefined;

  /** Whether the last try failed in an unknown way: the change may have been made. */
  get mayBeDone(): boolean {
    return this.#failures > 0;
  }

  /** Why it may not be made; undefined: nobody said so at the last try. */
  get refused(): string | undefined {
    return this.#refused;
  }

  /** How long to wait with the next try, at most 0: not at all; Infinity: it is made, as far as seen. */
  waitMs(node: ObservedNode, nowMs: number): number {
    return node === this.#changed ? Infinity : this.#notBeforeMs - nowMs;
  }

  /** The change was made to the node as it was seen, or there is no such node any more. */
  made(node: ObservedNode, nowMs: number): void {
    this.#changed = node;
    this.#notBeforeMs = nowMs + SEEN_MS;
    this.#failures = this.#refusals = 0;
    this.#refused = undefined;
  }

  /** It failed, and may succeed the next time. */
  failed(nowMs: number, random: () => number): void {
    this.#refused = undefined;
    this.#notBeforeMs = nowMs + backoffMs(++this.#failures, FAILED, random);
  }

  /** It may not be made. */
  refuse(why: string, nowMs: number, random: () => number): void {
    this.#refused = why;
    this.#notBeforeMs = nowMs + backoffMs(++this.#refusals, REFUSED, random);
  }
}
