import type { Blob } from "../../../mod/pure/images/image_content.ts";
import { isUnderPressure } from "./modelled_kubelet.ts";
import type { FileSystem, NodeDisk } from "./node_disk.ts";

/** A layer in the registry; images share those with the same digest. */
export interface ModelledLayer {
  readonly digest: string;
  /** As it is stored there. */
  readonly bytes: number;
  /** Bytes that it unpacks to, per byte. */
  readonly unpacksTo: number;
  /** Unpacked bytes per file. */
  readonly bytesPerFile: number;
}

/** What the node has of a layer. */
interface Held {
  readonly layer: ModelledLayer;
  content: number;
  unpacked: number;
  /** Images that hold it, and until when: a lease ends, an image that is there does not. */
  readonly holders: Map<string, number>;
}

/** ctr's leases end a day after they were made. */
const LEASE_MS = 24 * 3_600_000;
const MEDIA_TYPE = "application/vnd.oci.image.layer.v1.tar+gzip";
/**
 * Others who wrote so much, in percent of the file system, in the time that the agent takes to notice
 * (it looks every 2 s), have crossed kubelet's line themselves, whoever wrote the last byte: the
 * marks lie 5 % and 10 % below the lines, and pulls of these models write 1 % a second at the most.
 */
const OTHERS_PERCENT = 2;
const NOTICE_MS = 4_000;

/** Layers on a modelled disk, and lines of kubelet that writing them must not cross. */
export class HeldLayers {
  /** Bytes written so far. */
  written = 0;
  /** Lines that a write has crossed, for a person. */
  readonly crossed: string[] = [];
  /** Images whose leases have ended by themselves: their leftovers were not given up. */
  readonly expired = new Set<string>();
  readonly #held = new Map<string, Held>();

  constructor(readonly disk: NodeDisk, readonly now: () => number) {}

  /** Of these layers what has not arrived. */
  missing(layers: readonly ModelledLayer[]): Blob[] {
    return layers.map(({ digest, bytes }) => ({
      digest,
      bytes: bytes - (this.#held.get(digest)?.content ?? 0),
      mediaType: MEDIA_TYPE,
    })).filter(({ bytes }) => bytes > 0);
  }

  /** Holds the layers for an image with a lease, as a pull does. */
  lease(reference: string, layers: readonly ModelledLayer[]): void {
    this.#hold(reference, layers, this.now() + LEASE_MS);
  }

  /** Holds them for good: the image is there. */
  keep(reference: string, layers: readonly ModelledLayer[]): void {
    this.#hold(reference, layers, Infinity);
  }

  /** The image or its leases are gone: what nobody else holds goes with them. */
  release(reference: string): void {
    for (const { holders } of this.#held.values()) holders.delete(reference);
    this.collect();
  }

  /** Deletes what nobody holds any more, as containerd's garbage collection. */
  collect(): void {
    const now = this.now();
    for (const [digest, { layer, content, unpacked, holders }] of this.#held) {
      for (const [reference, until] of holders) {
        if (until > now) continue;
        this.expired.add(reference);
        holders.delete(reference);
      }
      if (holders.size > 0) continue;
      this.#held.delete(digest);
      this.disk.content.imageBytes -= content;
      this.disk.snapshots.imageBytes -= unpacked;
      this.disk.snapshots.imageInodes -= unpacked / layer.bytesPerFile;
    }
  }

  /** Images of which leases hold layers. */
  leased(): ReadonlySet<string> {
    const leases = [...this.#held.values()].flatMap(({ holders }) => [...holders]);
    return new Set(leases.filter(([, until]) => !isForGood(until)).map(([reference]) => reference));
  }

  /** Bytes of layers that leases alone hold. */
  leftBytes(): number {
    const left = [...this.#held.values()].filter(({ holders }) =>
      !holders.values().some(isForGood)
    );
    return left.reduce((sum, { content, unpacked }) => sum + content + unpacked, 0);
  }

  /**
   * Writes up to `budget` more bytes of these layers, as they arrive and unpacked; returns whether
   * that was all of them. Undefined: the disk is full.
   */
  grow(layers: readonly ModelledLayer[], budget: number): boolean | undefined {
    let left = budget;
    for (const layer of layers) {
      const held = this.#of(layer);
      const arrives = Math.min(layer.bytes - held.content, left / (1 + layer.unpacksTo));
      if (!this.#write(this.disk.content, arrives, 0)) return undefined;
      held.content += arrives;
      const unpacks = held.content * layer.unpacksTo - held.unpacked;
      const inodes = unpacks / layer.bytesPerFile;
      if (!this.#write(this.disk.snapshots, unpacks, inodes)) return undefined;
      held.unpacked += unpacks;
      if (held.content < layer.bytes) return false;
      left -= arrives + unpacks;
    }
    return true;
  }

  #hold(reference: string, layers: readonly ModelledLayer[], until: number): void {
    for (const layer of layers) this.#of(layer).holders.set(reference, until);
  }

  #of(layer: ModelledLayer): Held {
    const held = this.#held.get(layer.digest) ??
      { layer, content: 0, unpacked: 0, holders: new Map<string, number>() };
    this.#held.set(layer.digest, held);
    return held;
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
}

function isForGood(until: number): boolean {
  return until === Infinity;
}
