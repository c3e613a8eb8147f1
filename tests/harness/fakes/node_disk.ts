import type { DiskReading, FileSystemReading } from "../../../mod/ports/disk_usage.ts";

/** Which folders of a node lie on one file system: kubelet's and containerd's two. */
export type DiskLayout =
  | "one" // all on the root file system
  | "images apart" // blobs and unpacked layers on another
  | "layers apart"; // unpacked layers alone on another

/** One file system, and who wrote what to it. */
export class FileSystem {
  /** Written by others than pulls and images. */
  othersBytes = 0;
  othersInodes = 0;
  imageBytes = 0;
  imageInodes = 0;
  /** What others have added lately, by when. */
  readonly #added: { readonly at: number; readonly bytes: number }[] = [];
  #growth = { bytesPerMs: 0, from: 0, until: 0 };

  /** `totalInodes` of 0: it makes them as it needs them. */
  constructor(readonly totalBytes: number, readonly totalInodes: number) {}

  get freeBytes(): number {
    return Math.max(0, this.totalBytes - this.othersBytes - this.imageBytes);
  }

  get freeInodes(): number {
    return Math.max(0, this.totalInodes - this.othersInodes - this.imageInodes);
  }

  get freePercent(): number {
    return 100 * this.freeBytes / this.totalBytes;
  }

  get freeInodePercent(): number {
    return this.totalInodes === 0 ? 100 : 100 * this.freeInodes / this.totalInodes;
  }

  reading(): FileSystemReading {
    const { totalBytes, freeBytes, totalInodes, freeInodes } = this;
    return { totalBytes, freeBytes, totalInodes, freeInodes, usedPercent: 100 - this.freePercent };
  }

  /** Others write, or delete where it is negative; they get what is there. */
  others(bytes: number, at: number): void {
    const can = Math.min(this.freeBytes, Math.max(-this.othersBytes, bytes));
    this.othersBytes += can;
    if (can > 0) this.#added.push({ at, bytes: can });
  }

  /** Others write so much per ms from now on, for `ms`. */
  othersGrow(bytesPerMs: number, ms: number, now: number): void {
    this.settle(now);
    this.#growth = { bytesPerMs, from: now, until: now + ms };
  }

  /** Takes in what others have written up to now. */
  settle(now: number): void {
    const { bytesPerMs, from, until } = this.#growth;
    const passedMs = Math.min(now, until) - from;
    if (passedMs <= 0) return;
    this.#growth = { bytesPerMs, from: from + passedMs, until };
    this.others(bytesPerMs * passedMs, now);
  }

  /** What others have added since then. */
  addedSince(at: number): number {
    return this.#added.reduce((sum, each) => each.at >= at ? sum + each.bytes : sum, 0);
  }
}

/** The file systems of a node. */
export interface NodeDisk {
  /** kubelet's own: `nodefs`. */
  readonly node: FileSystem;
  readonly content: FileSystem;
  /** kubelet calls the file system of unpacked layers `imagefs`. */
  readonly snapshots: FileSystem;
  /** Takes in what others have written up to now (ms). */
  settle(now: number): void;
}

/** Makes the file systems; `bytes` is what each has. */
export function nodeDisk(
  { layout, bytes, inodes }: {
    readonly layout: DiskLayout;
    readonly bytes: number;
    readonly inodes: number;
  },
): NodeDisk {
  const node = new FileSystem(bytes, inodes);
  const images = layout === "one" ? node : new FileSystem(bytes, inodes);
  return {
    node,
    content: layout === "images apart" ? images : node,
    snapshots: images,
    settle(now) {
      for (const each of new Set([node, images])) each.settle(now);
    },
  };
}

/** What the agent reads of it. */
export function readingOf({ content, snapshots }: NodeDisk): DiskReading {
  if (content === snapshots) return { content: content.reading() };
  return { content: content.reading(), snapshots: snapshots.reading() };
}
