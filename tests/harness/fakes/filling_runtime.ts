import { pause } from "../../../mod/async/delay.ts";
import type {
  ImageRuntime,
  Presence,
  PullOptions,
  RuntimeEvent,
} from "../../../mod/ports/image_runtime.ts";
import type { PullOutcome } from "../../../mod/pure/pulls/pull_outcome.ts";
import { isUnderPressure } from "./modelled_kubelet.ts";
import type { FileSystem, NodeDisk } from "./node_disk.ts";

/** An image in the registry. */
export interface ModelledImage {
  readonly reference: string;
  /** As it is stored there, in one layer that no other image shares. */
  readonly bytes: number;
  /** Bytes that it unpacks to, per byte. */
  readonly unpacksTo: number;
  /** Unpacked bytes per file. */
  readonly bytesPerFile: number;
  /** How many of `bytes` arrive per second. */
  readonly bytesPerSecond: number;
}

/** What the node has of an image. */
interface Held {
  content: number;
  unpacked: number;
  isWarm: boolean;
  isUsed: boolean;
  since: number;
}

const TICK_MS = 500;
/**
 * Others who wrote so much, in percent of the file system, in the time that the agent takes to notice
 * (it looks every 2 s), have crossed kubelet's line themselves, whoever wrote the last byte: the
 * marks lie 5 % and 10 % below the lines, and pulls of these models write 1 % a second at the most.
 */
const OTHERS_PERCENT = 2;
const NOTICE_MS = 4_000;

/** A runtime whose pulls fill a modelled disk, and lines that they must not cross. */
export class FillingRuntime implements ImageRuntime {
  /** Pulls that were admitted, by reference: when each began to write. */
  readonly begun = new Map<string, number[]>();
  /** How often registries were asked what an image is. */
  lookUps = 0;
  /** Bytes that pulls have written. */
  written = 0;
  running = 0;
  /** Lines of kubelet that a write of ours has crossed, for a person. */
  readonly crossed: string[] = [];
  /** When images that were warm were deleted by others. */
  readonly removed: { readonly reference: string; readonly at: number }[] = [];
  readonly #held = new Map<string, Held>();
  readonly #images: ReadonlyMap<string, ModelledImage>;
  readonly #followers = new Set<(event: RuntimeEvent) => void>();

  constructor(
    readonly disk: NodeDisk,
    images: readonly ModelledImage[],
    readonly now: () => number,
    /** Whether sizes are asked; false: the agent of before. */
    readonly asksRoom = true,
  ) {
    this.#images = new Map(images.map((image) => [image.reference, image]));
  }

  isWarm(reference: string): boolean {
    return this.#held.get(reference)?.isWarm ?? false;
  }

  /** What ended pulls have left. */
  leftBytes(): number {
    const left = [...this.#held.values()].filter(({ isWarm }) => !isWarm);
    return left.reduce((sum, { content, unpacked }) => sum + content + unpacked, 0);
  }

  warmImages(): { reference: string; since: number; isUsed: boolean }[] {
    return [...this.#held].filter(([, { isWarm }]) => isWarm)
      .map(([reference, { since, isUsed }]) => ({ reference, since, isUsed }));
  }

  /** A container uses it from now on, or none does. */
  use(reference: string, isUsed: boolean): void {
    const held = this.#held.get(reference);
    if (held?.isWarm) held.isUsed = isUsed;
  }

  /** Deletes an image as kubelet does. */
  delete(reference: string): void {
    if (!this.isWarm(reference)) return;
    this.removed.push({ reference, at: this.now() });
    this.#drop(reference);
    for (const tell of this.#followers) tell({ type: "deleted", reference });
  }

  version() {
    return Promise.resolve({ client: "2.3.0", server: "2.3.0" });
  }

  check(references: readonly string[]): Promise<ReadonlyMap<string, Presence>> {
    const found = references.map((reference): [string, Presence] => [
      reference,
      this.isWarm(reference)
        ? { state: "usable", bytes: this.#images.get(reference)?.bytes }
        : { state: "absent" },
    ]);
    return Promise.resolve(new Map(found));
  }

  async pull(reference: string, options: PullOptions): Promise<PullOutcome> {
    const image = this.#images.get(reference);
    if (image === undefined) return { result: "failed", failure: "not_found", detail: reference };
    this.running++;
    try {
      return await this.#pull(image, options);
    } finally {
      this.running--;
    }
  }

  discard(reference: string): Promise<void> {
    if (!this.isWarm(reference)) this.#drop(reference);
    return Promise.resolve();
  }

  leftovers(): Promise<ReadonlySet<string>> {
    return Promise.resolve(new Set());
  }

  othersDownload(): Promise<boolean | undefined> {
    return Promise.resolve(false);
  }

  pausePulls(): void {}

  async *events({ signal }: { readonly signal: AbortSignal }): AsyncIterable<RuntimeEvent> {
    const queue: RuntimeEvent[] = [];
    let wake = Promise.withResolvers<void>();
    const tell = (event: RuntimeEvent) => {
      queue.push(event);
      wake.resolve();
    };
    signal.addEventListener("abort", () => wake.resolve(), { once: true });
    this.#followers.add(tell);
    while (!signal.aborted) {
      const event = queue.shift();
      if (event !== undefined) yield event;
      else {
        await wake.promise;
        wake = Promise.withResolvers();
      }
    }
    this.#followers.delete(tell);
  }

  async #pull(
    image: ModelledImage,
    { signal, admit, progress }: PullOptions,
  ): Promise<PullOutcome> {
    const { reference, bytes } = image;
    this.lookUps++;
    if (!await pause(200, signal)) return { result: "cancelled" };
    const held = this.#held.get(reference) ??
      { content: 0, unpacked: 0, isWarm: false, isUsed: false, since: 0 };
    const from = held.content;
    const mediaType = "application/vnd.oci.image.layer.v1.tar+gzip";
    const missing = from < bytes ? [{ digest: reference, bytes: bytes - from, mediaType }] : [];
    const admission = this.asksRoom ? await admit?.({ bytes, missing }) : undefined;
    if (admission?.admitted === false) {
      return { result: "failed", failure: "no_room", detail: admission.detail };
    }
    if (signal.aborted) return { result: "cancelled" };
    this.#held.set(reference, held);
    this.begun.set(reference, [...this.begun.get(reference) ?? [], this.now()]);
    while (await pause(TICK_MS, signal)) {
      const isDone = this.#grow(image, held);
      progress?.({ bytes: held.content - from, totalBytes: bytes - from });
      if (isDone === undefined) {
        return { result: "failed", failure: "disk_full", detail: "no space left on device" };
      }
      if (!isDone) continue;
      Object.assign(held, { isWarm: true, since: this.now() });
      return { result: "pulled", bytes };
    }
    return { result: "cancelled" };
  }

  /** One tick of a pull: more arrives, and is unpacked. Undefined: the disk is full. */
  #grow(image: ModelledImage, held: Held): boolean | undefined {
    const arrives = Math.min(
      image.bytes - held.content,
      image.bytesPerSecond * TICK_MS / 1000,
    );
    const total = image.bytes * image.unpacksTo;
    const unpacks = Math.min(
      total - held.unpacked,
      image.bytesPerSecond * image.unpacksTo * TICK_MS / 1000,
    );
    const { content, snapshots } = this.disk;
    if (!this.#write(content, arrives, 0)) return undefined;
    held.content += arrives;
    if (!this.#write(snapshots, unpacks, unpacks / image.bytesPerFile)) return undefined;
    held.unpacked += unpacks;
    return held.content >= image.bytes && held.unpacked >= total;
  }

  #write(files: FileSystem, bytes: number, inodes: number): boolean {
    if (bytes > files.freeBytes) return false;
    const before = isUnderPressure(this.disk, files);
    files.imageBytes += bytes;
    files.imageInodes += inodes;
    this.written += bytes;
    if (before || !isUnderPressure(this.disk, files)) return true;
    const others = files.addedSince(this.now() - NOTICE_MS);
    if (others < files.totalBytes * OTHERS_PERCENT / 100) {
      this.crossed.push(`at ${this.now()} ms, ${files.freePercent.toFixed(1)} % free`);
    }
    return true;
  }

  #drop(reference: string): void {
    const held = this.#held.get(reference);
    const image = this.#images.get(reference);
    if (held === undefined || image === undefined) return;
    this.#held.delete(reference);
    this.disk.content.imageBytes -= held.content;
    this.disk.snapshots.imageBytes -= held.unpacked;
    this.disk.snapshots.imageInodes -= held.unpacked / image.bytesPerFile;
  }
}
