import { type Backoff, backoffMs } from "../backoff.ts";
import type { ObservedNode } from "../objects/observed.ts";
import { REFUSED, type RightTries } from "./right_tries.ts";

/** Between tries that failed. */
const FAILED: Backoff = { baseMs: 1_000, maxMs: 10_000 };
/** How long after a change the node is not held to be otherwise: it is seen some time later. */
const SEEN_MS = 10_000;
/** The same while nothing is seen: what was made may have been taken back in the same moment. */
const UNSEEN_MS = 60_000;

/** The tries of one change to a node; times are ms by a clock that nobody sets. */
export class ChangeTries {
  readonly #right: RightTries;
  /** The node as it was seen when the change was made. */
  #changed: ObservedNode | undefined;
  #changedMs = -Infinity;
  #notBeforeMs = -Infinity;
  #failures = 0;
  #refusals = 0;
  #refused: string | undefined;

  /** `right` is what is known of the right to such changes. */
  constructor(right: RightTries) {
    this.#right = right;
  }

  /** Whether the last try failed in an unknown way: the change may have been made. */
  get mayBeDone(): boolean {
    return this.#failures > 0;
  }

  /** What it changes, as RBAC names it. */
  get resource(): string {
    return this.#right.resource;
  }

  /** Why it may not be made; undefined: nobody said so at the last try. */
  get refused(): string | undefined {
    return this.#refused ?? this.#right.lacking;
  }

  /** How long to wait with the next try, at most 0: not at all; Infinity: it is made, as far as seen. */
  waitMs(node: ObservedNode, nowMs: number): number {
    if (node === this.#changed && nowMs < this.#changedMs + UNSEEN_MS) return Infinity;
    return Math.max(this.#notBeforeMs, this.#right.notBeforeMs) - nowMs;
  }

  /** The change was made to the node as it was seen, or there is no such node any more. */
  made(node: ObservedNode, nowMs: number): void {
    this.#right.granted();
    this.#changed = node;
    this.#changedMs = nowMs;
    this.#notBeforeMs = nowMs + SEEN_MS;
    this.#failures = this.#refusals = 0;
    this.#refused = undefined;
  }

  /** It failed, and may succeed the next time. */
  failed(nowMs: number, random: () => number): void {
    this.#refused = undefined;
    this.#notBeforeMs = nowMs + backoffMs(++this.#failures, FAILED, random);
  }

  /** It may not be made to this node. */
  refuse(why: string, nowMs: number, random: () => number): void {
    this.#right.granted();
    this.#refused = why;
    this.#notBeforeMs = nowMs + backoffMs(++this.#refusals, REFUSED, random);
  }

  /** It may not be made to any node. */
  lackRight(why: string, nowMs: number, random: () => number): void {
    this.#refused = undefined;
    this.#right.lack(why, nowMs, random);
  }
}
