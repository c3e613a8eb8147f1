import type { BenefitValue, ImageWaits, NamespaceStarts, StartSums } from "./benefit_value.ts";
import type { ContainerStart } from "./starts.ts";

/** Namespaces that are summed each for itself: those that started something last. */
const MAX_NAMESPACES = 500;
/** Images that are summed each for itself, and of these those that the value names. */
const MAX_IMAGES = 1_000;
const NAMED_IMAGES = 100;

type Sums = { -readonly [K in keyof StartSums]: StartSums[K] };

/** Sums of starts since a time, in bounded memory. */
export class BenefitSums {
  readonly #since: string;
  readonly #total: Sums & { gpuSeconds?: number };
  /** The one that started something last stands last. */
  readonly #namespaces: Map<string, Sums>;
  /** Images that starts have waited for. */
  #images: Map<string, { starts: number; waitedSeconds: number }>;

  /** Goes on from a value, or begins at `since`, an ISO time. */
  constructor(begin: BenefitValue | { readonly since: string }) {
    const { since, total, namespaces = [], images = [] } = "total" in begin
      ? begin
      : { since: begin.since };
    this.#since = since;
    this.#total = { ...total ?? NONE };
    // The quietest are forgotten first: of those before us the value names these last.
    this.#namespaces = new Map(
      namespaces.map(({ namespace, ...sums }): [string, Sums] => [namespace, sums]).reverse(),
    );
    this.#images = new Map(images.map(({ image, ...waits }) => [image, waits]));
  }

  /** Takes a start in. */
  add(start: ContainerStart): void {
    const { namespace, image, result, waitedSeconds, savedSeconds, onGpu } = start;
    const sums = this.#namespaces.get(namespace) ?? { ...NONE };
    this.#namespaces.delete(namespace);
    this.#namespaces.set(namespace, sums);
    for (const each of [sums, this.#total]) {
      each[result]++;
      each.waitedSeconds += waitedSeconds;
      each.savedSeconds += savedSeconds;
    }
    if (onGpu) this.#total.gpuSeconds = (this.#total.gpuSeconds ?? 0) + savedSeconds;
    if (result === "cold") this.#wait(image, waitedSeconds);
    if (this.#namespaces.size <= MAX_NAMESPACES) return;
    for (const quietest of this.#namespaces.keys()) {
      this.#namespaces.delete(quietest); // it stays in the total
      return;
    }
  }

  /** All of it; `until` is the ISO time up to which starts are in it. */
  value(until: string): BenefitValue {
    const { gpuSeconds, ...total } = this.#total;
    return {
      v: 1,
      since: this.#since,
      until,
      total: {
        ...shown(total),
        ...(gpuSeconds !== undefined && { gpuSeconds: inMilliseconds(gpuSeconds) }),
      },
      namespaces: [...this.#namespaces].map(([namespace, sums]): NamespaceStarts => ({
        namespace,
        ...shown(sums),
      })).reverse(),
      images: this.#longest(NAMED_IMAGES).map(([image, { starts, waitedSeconds }]): ImageWaits => ({
        image,
        starts,
        waitedSeconds: inMilliseconds(waitedSeconds),
      })),
    };
  }

  #wait(image: string, seconds: number): void {
    const waits = this.#images.get(image) ?? { starts: 0, waitedSeconds: 0 };
    waits.starts++;
    waits.waitedSeconds += seconds;
    this.#images.set(image, waits);
    if (this.#images.size > MAX_IMAGES) this.#images = new Map(this.#longest(MAX_IMAGES / 2));
  }

  #longest(count: number) {
    return [...this.#images].sort(([, a], [, b]) => b.waitedSeconds - a.waitedSeconds)
      .slice(0, count);
  }
}

const NONE: StartSums = { warm: 0, cold: 0, waitedSeconds: 0, savedSeconds: 0 };

function shown({ warm, cold, waitedSeconds, savedSeconds }: StartSums): StartSums {
  return {
    warm,
    cold,
    waitedSeconds: inMilliseconds(waitedSeconds),
    savedSeconds: inMilliseconds(savedSeconds),
  };
}

function inMilliseconds(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
