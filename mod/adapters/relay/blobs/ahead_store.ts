import { createHash } from "node:crypto";
import { finishesWithin } from "../../../async/finishes_within.ts";
import { abortable } from "../../../async/abortable.ts";
import type { Blob } from "../../../pure/images/image_content.ts";
import { AheadBlob } from "./ahead_blob.ts";
import { readRange } from "./range_reader.ts";
import type { BlobSource } from "./range_answer.ts";

/** How much of an image may be fetched before the runtime is started, and of all images together. */
export const AHEAD_LIMITS = { bytesOfImage: 16 * 2 ** 20, bytes: 48 * 2 ** 20 };
/** A registry that needs longer is better waited for by the runtime itself. */
const PATIENCE_MS = 2500;
/** For memory that others are about to give back. */
const PATIENCE_FOR_ROOM_MS = 1000;

/** Who wants blobs. */
export interface AheadHolder {
  /** Tells its login from others, and from none (undefined): they share no bytes. */
  readonly login: string | undefined;
}

interface Entry {
  readonly bytes: number;
  readonly blob: AheadBlob;
  readonly ending: AbortController;
  readonly holders: Set<AheadHolder>;
}

/**
 * Small blobs in memory, of all pulls; one that several pulls want is fetched once. Whoever knows a
 * digest could ask for it by a manifest of his own: bytes are only for whoever has the same login.
 */
export class AheadStore {
  /** By login and digest. */
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;
  #freed = Promise.withResolvers<void>();

  /**
   * Fetches blobs for `holder`. Resolves to whether all are there, early where they cannot be in a
   * moment; what is on its way then still comes.
   */
  async fetch(
    holder: AheadHolder,
    blobs: readonly Blob[],
    { signal, sourceOf }: {
      readonly signal: AbortSignal;
      sourceOf(blob: Blob): BlobSource;
    },
  ): Promise<boolean> {
    const wanted = [...new Map(blobs.map((blob) => [blob.digest, blob])).values()];
    if (sum(wanted) > AHEAD_LIMITS.bytesOfImage) return false;
    if (!await this.#hasRoom(holder, wanted, signal)) return false;
    const held = wanted.map((blob) => this.#hold(holder, blob, sourceOf));
    const all = Promise.all(held.map(({ ended }) => ended));
    await abortable(finishesWithin(all, PATIENCE_MS), signal);
    return held.every(({ isComplete }) => isComplete);
  }

  /** A blob that was fetched for `holder`, or is on its way; undefined: it is not here. */
  find(holder: AheadHolder, digest: string): AheadBlob | undefined {
    const entry = this.#entries.get(keyOf(holder, digest));
    return entry?.holders.has(holder) && !entry.blob.isBroken ? entry.blob : undefined;
  }

  /** `holder` needs this blob no more. */
  release(holder: AheadHolder, digest: string): void {
    this.#release(holder, keyOf(holder, digest));
  }

  releaseAll(holder: AheadHolder): void {
    for (const key of [...this.#entries.keys()]) this.#release(holder, key);
  }

  #release(holder: AheadHolder, key: string): void {
    const entry = this.#entries.get(key);
    if (!entry?.holders.delete(holder) || entry.holders.size > 0) return;
    this.#entries.delete(key);
    entry.ending.abort(new Error("Nobody wants it any more"));
    entry.blob.giveUp();
    this.#bytes -= entry.bytes;
    this.#freed.resolve();
    this.#freed = Promise.withResolvers();
  }

  async #hasRoom(
    holder: AheadHolder,
    wanted: readonly Blob[],
    signal: AbortSignal,
  ): Promise<boolean> {
    const until = performance.now() + PATIENCE_FOR_ROOM_MS;
    for (;;) {
      const more = wanted.filter(({ digest }) => !this.#entries.has(keyOf(holder, digest)));
      if (this.#bytes + sum(more) <= AHEAD_LIMITS.bytes) return true;
      const leftMs = until - performance.now();
      if (leftMs <= 0) return false;
      await abortable(finishesWithin(this.#freed.promise, leftMs), signal);
    }
  }

  #hold(holder: AheadHolder, blob: Blob, sourceOf: (blob: Blob) => BlobSource): AheadBlob {
    const { digest, bytes } = blob;
    const key = keyOf(holder, digest);
    const known = this.#entries.get(key);
    if (known !== undefined && known.bytes === bytes && !known.blob.isBroken) {
      known.holders.add(holder);
      return known.blob;
    }
    if (known !== undefined) { for (const each of [...known.holders]) this.#release(each, key); }
    const ending = new AbortController();
    const source = sourceOf(blob);
    const chunks = readRange(source, { from: 0, end: bytes }, {
      signal: ending.signal,
      wholeBlobs: "skip",
    });
    const entry = {
      bytes,
      ending,
      blob: new AheadBlob(verified(chunks, source)),
      holders: new Set([holder]),
    };
    this.#entries.set(key, entry);
    this.#bytes += bytes;
    return entry.blob;
  }
}

/** Ends with an error where the bytes are others: a pull from another registry may want them too. */
async function* verified(
  chunks: AsyncIterable<Uint8Array<ArrayBuffer>>,
  { digest, repository }: Pick<BlobSource, "digest" | "repository">,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const hash = createHash("sha256");
  for await (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
  if (!digest.startsWith("sha256:")) return;
  const made = hash.digest("hex");
  if (digest === `sha256:${made}`) return;
  repository.distrust(digest); // the runtime will ask for it itself
  throw new Error(`These are the bytes of sha256:${made}`);
}

function keyOf({ login = "" }: AheadHolder, digest: string): string {
  return `${login} ${digest}`;
}

function sum(blobs: readonly Blob[]): number {
  return blobs.reduce((total, { bytes }) => total + bytes, 0);
}
