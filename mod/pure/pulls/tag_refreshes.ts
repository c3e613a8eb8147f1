import { type Backoff, backoffMs, jittered } from "../backoff.ts";

const MAX_GAP_MS = 60_000;

/** How often moving tags are asked about. */
export interface RefreshOptions {
  /** In ms; undefined: never. */
  readonly everyMs: number | undefined;
  /** How soon one is asked about again that could not be. */
  readonly retry: Backoff;
  readonly random: () => number;
}

/**
 * When the registry is asked whether a tag has moved. Times are monotonic, in ms. The first time is
 * any within the period: a fleet does not ask in the same minute, be it started in the same second.
 * Between two tags passes half their usual distance, or a minute, at least: no node asks for all at
 * once, though all be overdue.
 */
export class TagRefreshes {
  readonly #options: RefreshOptions;
  readonly #tags = new Map<string, Tag>();
  #notBefore = 0;

  constructor(options: RefreshOptions) {
    this.#options = options;
  }

  /** Replaces the tags that may move. */
  follow(references: ReadonlySet<string>, now: number): void {
    const { everyMs, random } = this.#options;
    if (everyMs === undefined) return;
    for (const reference of this.#tags.keys()) {
      if (!references.has(reference)) this.#tags.delete(reference);
    }
    for (const reference of references) {
      if (this.#tags.has(reference)) continue;
      this.#tags.set(reference, { dueAt: now + random() * everyMs, failures: 0 });
    }
  }

  /** When the registry may be asked about this tag; undefined: never, it does not move. */
  dueAt(reference: string): number | undefined {
    const tag = this.#tags.get(reference);
    return tag && Math.max(tag.dueAt, this.#notBefore);
  }

  /** Takes in that the registry is asked. */
  begun(now: number): void {
    const { everyMs = 0 } = this.#options;
    const usual = everyMs / Math.max(1, this.#tags.size);
    this.#notBefore = now + Math.min(usual / 2, MAX_GAP_MS);
  }

  /** Takes in that the image has just come, on many nodes at once perhaps. */
  pulled(reference: string, now: number): void {
    const { everyMs = 0, random } = this.#options;
    this.#due(reference, now + everyMs * (0.5 + random()), 0);
  }

  /** Takes in that the registry has answered. */
  answered(reference: string, now: number): void {
    const { everyMs = 0, random } = this.#options;
    this.#due(reference, now + jittered(everyMs, random), 0);
  }

  /** Takes in that it could not be asked. */
  failed(reference: string, now: number): void {
    const { everyMs = 0, retry, random } = this.#options;
    const failures = (this.#tags.get(reference)?.failures ?? 0) + 1;
    const waitMs = Math.min(jittered(everyMs, random), backoffMs(failures, retry, random));
    this.#due(reference, now + waitMs, failures);
  }

  #due(reference: string, dueAt: number, failures: number): void {
    if (this.#tags.has(reference)) this.#tags.set(reference, { dueAt, failures });
  }
}

interface Tag {
  readonly dueAt: number;
  /** In a row. */
  readonly failures: number;
}
