import { pause } from "../../../mod/async/delay.ts";
import type {
  ImageRuntime,
  Presence,
  PullOptions,
  RuntimeEvent,
} from "../../../mod/ports/image_runtime.ts";
import type { PullOutcome } from "../../../mod/pure/pulls/pull_outcome.ts";
import { HeldLayers, type ModelledLayer } from "./held_layers.ts";
import type { NodeDisk } from "./node_disk.ts";

/** An image in the registry. */
export interface ModelledImage {
  readonly reference: string;
  readonly layers: readonly ModelledLayer[];
  /** How many bytes its pull writes per second, as they arrive and unpacked. */
  readonly writesPerSecond: number;
  /** How long its registry takes to say what it is, in ms; default 200. */
  readonly lookUpMs?: number | undefined;
}

/** Something that happened to an image, and when (ms). */
export interface ImageEvent {
  readonly reference: string;
  readonly at: number;
}

const TICK_MS = 1_000;

/** A runtime whose pulls fill a modelled disk. */
export class FillingRuntime implements ImageRuntime {
  /** Pulls that were admitted: when each began to write. */
  readonly begun: ImageEvent[] = [];
  /** Pulls that were ended in the middle, or by a full disk. */
  readonly ended: ImageEvent[] = [];
  /** When leftovers of pulls were given up. */
  readonly discarded: ImageEvent[] = [];
  /** When images that were warm were deleted by others. */
  readonly removed: ImageEvent[] = [];
  /** How often registries were asked what an image is. */
  lookUps = 0;
  running = 0;
  readonly layers: HeldLayers;
  readonly #warm = new Map<string, { readonly since: number; isUsed: boolean }>();
  readonly #images: Map<string, ModelledImage>;
  readonly #moved = new Set<string>();
  readonly #followers = new Set<(event: RuntimeEvent) => void>();

  constructor(
    readonly disk: NodeDisk,
    images: readonly ModelledImage[],
    readonly now: () => number,
  ) {
    this.layers = new HeldLayers(disk, now);
    this.#images = new Map(images.map((image) => [image.reference, image]));
  }

  isWarm(reference: string): boolean {
    return this.#warm.has(reference);
  }

  warmImages(): { reference: string; since: number; isUsed: boolean }[] {
    return [...this.#warm].map(([reference, warm]) => ({ reference, ...warm }));
  }

  /** A container uses it from now on, or none does. */
  use(reference: string, isUsed: boolean): void {
    const warm = this.#warm.get(reference);
    if (warm !== undefined) warm.isUsed = isUsed;
  }

  /** Deletes an image as kubelet does. */
  delete(reference: string): void {
    if (!this.#warm.delete(reference)) return;
    this.removed.push({ reference, at: this.now() });
    this.layers.release(reference);
    for (const tell of this.#followers) tell({ type: "deleted", reference });
  }

  /** A tag stands for something else in the registry from now on. */
  move(image: ModelledImage): void {
    this.#images.set(image.reference, image);
    this.#moved.add(image.reference);
  }

  version() {
    return Promise.resolve({ client: "2.3.0", server: "2.3.0" });
  }

  check(references: readonly string[]): Promise<ReadonlyMap<string, Presence>> {
    const found = references.map((reference): [string, Presence] => [
      reference,
      this.isWarm(reference)
        ? { state: "usable", bytes: this.#bytesOf(reference) }
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
    this.discarded.push({ reference, at: this.now() });
    if (!this.isWarm(reference)) this.layers.release(reference);
    return Promise.resolve();
  }

  leftovers(): Promise<ReadonlySet<string>> {
    return Promise.resolve(this.layers.leased());
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
    { reference, layers, writesPerSecond, lookUpMs = 200 }: ModelledImage,
    { signal, admit, progress }: PullOptions,
  ): Promise<PullOutcome> {
    this.lookUps++;
    if (!await pause(lookUpMs, signal)) return { result: "cancelled" };
    if (this.isWarm(reference) && !this.#moved.has(reference)) return { result: "same" };
    const bytes = this.#bytesOf(reference);
    const missing = this.layers.missing(layers);
    const admission = await admit?.({ bytes, missing });
    if (admission?.admitted === false) {
      return { result: "failed", failure: "no_room", detail: admission.detail };
    }
    if (signal.aborted) return { result: "cancelled" };
    this.layers.lease(reference, layers);
    this.begun.push({ reference, at: this.now() });
    const totalBytes = sum(missing);
    while (await pause(TICK_MS, signal)) {
      this.disk.settle(this.now());
      const isDone = this.layers.grow(layers, writesPerSecond * TICK_MS / 1000);
      progress?.({ bytes: totalBytes - sum(this.layers.missing(layers)), totalBytes });
      if (isDone === undefined) {
        this.ended.push({ reference, at: this.now() });
        return { result: "failed", failure: "disk_full", detail: "no space left on device" };
      }
      if (!isDone) continue;
      this.layers.keep(reference, layers);
      this.#moved.delete(reference);
      this.#warm.set(reference, { since: this.now(), isUsed: false });
      return { result: "pulled", bytes };
    }
    this.ended.push({ reference, at: this.now() });
    return { result: "cancelled" };
  }

  #bytesOf(reference: string): number {
    return sum(this.#images.get(reference)?.layers ?? []);
  }
}

function sum(parts: readonly { readonly bytes: number }[]): number {
  return parts.reduce((total, { bytes }) => total + bytes, 0);
}
