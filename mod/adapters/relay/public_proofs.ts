import type { Clock } from "../../ports/clock.ts";
import type { ImageReference } from "../../pure/images/image_reference.ts";

/** How long it counts that a repository was to be had without a login, in ms. */
const REMEMBERED_MS = 24 * 3_600_000;
/** And how long more where its registry answers nobody without a login now (429). */
const LONGER_MS = 24 * 3_600_000;
/** The most that are remembered; then the one that was proven first is forgotten. */
const MOST = 4_000;

/** Repositories that their registries have shown without a login, for all pulls of the node. */
export class PublicProofs {
  readonly #clock: Pick<Clock, "monotonicMs">;
  readonly #until = new Map<string, number>();

  constructor(clock: Pick<Clock, "monotonicMs">) {
    this.#clock = clock;
  }

  has(reference: ImageReference): boolean {
    return this.#leftMs(reference) > 0;
  }

  /** Whether it was so lately: it is over, and cannot be had anew. */
  had(reference: ImageReference): boolean {
    return this.#leftMs(reference) > -LONGER_MS;
  }

  add(reference: ImageReference): void {
    const key = keyOf(reference);
    this.#until.delete(key);
    this.#until.set(key, this.#clock.monotonicMs() + REMEMBERED_MS);
    const [oldest] = this.#until.keys();
    if (oldest !== undefined && this.#until.size > MOST) this.#until.delete(oldest);
  }

  /** It is no longer so. */
  remove(reference: ImageReference): void {
    this.#until.delete(keyOf(reference));
  }

  #leftMs(reference: ImageReference): number {
    return (this.#until.get(keyOf(reference)) ?? -Infinity) - this.#clock.monotonicMs();
  }
}

function keyOf({ registry, repository }: ImageReference): string {
  return `${registry}/${repository}`;
}
