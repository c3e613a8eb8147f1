import type { ContentStore } from "./content_store.ts";

/** How long a blob still counts as ours when its pull has ended, in ms: longer than `FRESH_MS`. */
const REMEMBERED_MS = 10_000;
/**
 * A download is under way when bytes came this lately, in ms: a daemon 2.x stores slow ones in steps.
 * What killed pulls left does not grow.
 */
const FRESH_MS = 5000;

/** What somebody else downloads, as it was last seen. */
interface Seen {
  readonly bytes: number;
  /** When bytes last came (monotonic ms); -Infinity: it has not been seen to grow. */
  readonly grewAt: number;
}

/** What a pull of ours fetches, and into which namespace of containerd. */
interface OurPull {
  readonly namespace: string;
  readonly digests: ReadonlySet<string>;
}

/** Which blobs our own pulls of one runtime fetch, and whether others fetch something besides. */
export class OurDownloads {
  /** Digests, with when their pull ended (monotonic ms). */
  readonly #relayed = new Map<object, OurPull & { until: number }>();
  readonly #now: () => number;
  #direct = 0;
  #paused = false;
  #foreign = new Map<string, Seen>();
  #lookedAt = -Infinity;

  /** `now` is a monotonic clock, in ms. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  get isPaused(): boolean {
    return this.#paused;
  }

  pause(paused: boolean): void {
    this.#paused = paused;
  }

  /** A relayed pull fetches these until disposed. */
  fetching(pull: OurPull): Disposable {
    const entry = { ...pull, until: Infinity };
    this.#relayed.set(entry, entry);
    return { [Symbol.dispose]: () => void (entry.until = this.#now() + REMEMBERED_MS) };
  }

  /** A pull whose blobs nobody knows runs until disposed. */
  fetchingUnknown(): Disposable {
    this.#direct++;
    return { [Symbol.dispose]: () => void this.#direct-- };
  }

  /**
   * See `ImageRuntime.othersDownload()`. Only what grows counts: kubelet may as well be waiting for a
   * blob that we fetch, and pulls that stood still for it would wait for each other. So the first look
   * for long tells of nobody, and the next one of whoever downloads.
   */
  async othersDownload(content: Pick<ContentStore, "downloads">): Promise<boolean | undefined> {
    if (this.#direct > 0) return undefined;
    const downloads = await content.downloads();
    if (downloads === undefined) return undefined;
    const now = this.#now();
    for (const [key, { until }] of this.#relayed) if (until < now) this.#relayed.delete(key);
    const ours = [...this.#relayed.values()];
    const foreign = downloads.filter(({ namespace, digest }) =>
      !ours.some((pull) => pull.namespace === namespace && pull.digests.has(digest))
    );
    const isRecent = now - this.#lookedAt < FRESH_MS;
    this.#lookedAt = now;
    this.#foreign = new Map(foreign.map((blob) => {
      const before = isRecent ? this.#foreign.get(blob.id) : undefined;
      const grew = before !== undefined && before.bytes !== blob.bytes;
      return [blob.id, { bytes: blob.bytes, grewAt: grew ? now : before?.grewAt ?? -Infinity }];
    }));
    return this.#foreign.values().some((seen) => now - seen.grewAt < FRESH_MS);
  }
}
