import type { ContentStore, PartialBlob } from "./content_store.ts";

/** How long a blob still counts as ours when its pull has ended, in ms: longer than `FRESH_MS`. */
const REMEMBERED_MS = 10_000;
/** A download is under way when bytes have come this lately, in ms; what killed pulls left is not. */
const FRESH_MS = 5000;

/** What somebody else downloads, as it was last seen. */
interface Seen {
  readonly bytes: number;
  /** When bytes last came (monotonic ms). */
  readonly grewAt: number;
}

/** Which blobs our own pulls of one runtime fetch, and whether others fetch something besides. */
export class OurDownloads {
  /** Digests, with when their pull ended (monotonic ms). */
  readonly #relayed = new Map<object, { digests: ReadonlySet<string>; until: number }>();
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
  fetching(digests: ReadonlySet<string>): Disposable {
    const entry = { digests, until: Infinity };
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
   * blob that we fetch, and pulls that stood still for it would wait for each other.
   */
  async othersDownload(content: Pick<ContentStore, "downloads">): Promise<boolean | undefined> {
    if (this.#direct > 0) return undefined;
    const downloads = await content.downloads();
    if (downloads === undefined) return undefined;
    const now = this.#now();
    for (const [key, { until }] of this.#relayed) if (until < now) this.#relayed.delete(key);
    const ours = [...this.#relayed.values()];
    const foreign = downloads.filter(({ digest }) =>
      !ours.some(({ digests }) => digests.has(digest))
    );
    const isRecent = now - this.#lookedAt < FRESH_MS;
    this.#lookedAt = now;
    this.#foreign = new Map(foreign.map((blob) => {
      const before = isRecent ? this.#foreign.get(blob.id) : undefined;
      return [blob.id, { bytes: blob.bytes, grewAt: grewAt(blob, before, now) }];
    }));
    return this.#foreign.values().some((seen) => now - seen.grewAt < FRESH_MS);
  }
}

/** At the first look the time of its file tells, which is of a clock that may be set meanwhile. */
function grewAt({ bytes, writtenMsAgo }: PartialBlob, before: Seen | undefined, now: number) {
  if (before !== undefined) return bytes === before.bytes ? before.grewAt : now;
  return now - Math.abs(writtenMsAgo);
}
