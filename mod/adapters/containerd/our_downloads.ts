import type { ContentStore } from "./content_store.ts";

/** How long a blob still counts as ours when its pull has ended, in ms: longer than `FRESH_MS`. */
const REMEMBERED_MS = 10_000;
/** A download is under way when bytes were written this lately, in ms; what killed pulls left is not. */
const FRESH_MS = 5000;

/** Which blobs our own pulls of one runtime fetch, and whether others fetch something besides. */
export class OurDownloads {
  /** Digests, with when their pull ended (monotonic ms). */
  readonly #relayed = new Map<object, { digests: ReadonlySet<string>; until: number }>();
  #direct = 0;
  #paused = false;

  get isPaused(): boolean {
    return this.#paused;
  }

  pause(paused: boolean): void {
    this.#paused = paused;
  }

  /** A relayed pull fetches these until disposed. */
  fetching(digests: ReadonlySet<string>): Disposable {
    const entry = { digests, until: Infinity };
    this.#relayed.set(entry, entry);
    return { [Symbol.dispose]: () => void (entry.until = performance.now() + REMEMBERED_MS) };
  }

  /** A pull whose blobs nobody knows runs until disposed. */
  fetchingUnknown(): Disposable {
    this.#direct++;
    return { [Symbol.dispose]: () => void this.#direct-- };
  }

  /** See `ImageRuntime.othersDownload()`. */
  async othersDownload(content: ContentStore): Promise<boolean | undefined> {
    if (this.#direct > 0) return undefined;
    const downloads = await content.downloads();
    const now = performance.now();
    for (const [key, { until }] of this.#relayed) if (until < now) this.#relayed.delete(key);
    const ours = [...this.#relayed.values()];
    return downloads?.some(({ digest, writtenMsAgo }) =>
      writtenMsAgo < FRESH_MS && !ours.some(({ digests }) => digests.has(digest))
    );
  }
}
