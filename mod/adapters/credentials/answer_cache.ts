import type { Clock } from "../../ports/clock.ts";
import type { ProviderAnswer } from "../../pure/registry_logins/provider_answer.ts";

/** An answer, and when it came. */
export interface KnownAnswer {
  readonly answer: ProviderAnswer;
  /** By the clock's `monotonicMs()`. */
  readonly sinceMs: number;
}

/**
 * How long an answer counts at least, in ms. kubelet uses one that may not be kept for one pull; a pull
 * of ours asks for the login again with its requests, and GKE's plugin allows no keeping.
 */
const ONE_PULL_MS = 30_000;

/** One answer for each image may be a lot. */
const MAX_ANSWERS = 1000;

/** What a plugin has answered, for as long as that counts: by image, by registry, or for all. */
export class AnswerCache {
  readonly #clock: Clock;
  readonly #known = new Map<string, KnownAnswer>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What counts for a repository (`repositoryName()`): as for kubelet, what is said of it alone first. */
  find(name: string): KnownAnswer | undefined {
    const key = this.#keyOf(name);
    return key === undefined ? undefined : this.#known.get(key);
  }

  /** Keeps an answer to a question about `name`. */
  put(name: string, known: KnownAnswer): void {
    for (const [key, each] of this.#known) if (!this.#counts(each)) this.#known.delete(key);
    const key = keyFor(known.answer.countsFor, name);
    this.#known.delete(key);
    this.#known.set(key, known);
    const [oldest] = this.#known.keys();
    if (this.#known.size > MAX_ANSWERS && oldest !== undefined) this.#known.delete(oldest);
  }

  /** Forgets what counts for a repository. */
  drop(name: string): void {
    const key = this.#keyOf(name);
    if (key !== undefined) this.#known.delete(key);
  }

  #keyOf(name: string): string | undefined {
    return (["Image", "Registry", "Global"] as const)
      .map((countsFor) => keyFor(countsFor, name))
      .find((key) => this.#counts(this.#known.get(key)));
  }

  #counts(known: KnownAnswer | undefined): boolean {
    return known !== undefined &&
      this.#clock.monotonicMs() < known.sinceMs + Math.max(known.answer.cacheMs, ONE_PULL_MS);
  }
}

/** A name has a slash, a registry has none, and neither is empty. */
function keyFor(countsFor: ProviderAnswer["countsFor"], name: string): string {
  return countsFor === "Image" ? name : countsFor === "Registry" ? registryOf(name) : "";
}

/** The registry of a repository, with its port. */
export function registryOf(name: string): string {
  return name.slice(0, name.indexOf("/"));
}
