import type { FileSystem, NodeDisk } from "./node_disk.ts";

/** An image as kubelet sees it. */
export interface KubeletImage {
  readonly reference: string;
  /** When it was first seen, in ms. */
  readonly since: number;
  /** Whether a container uses it. */
  readonly isUsed: boolean;
}

/** What kubelet may do to a node. */
export interface KubeletHands {
  images(): readonly KubeletImage[];
  delete(reference: string): void;
}

/** kubelet's defaults: pkg/kubelet/apis/config/v1beta1/defaults.go, and eviction/defaults_linux.go. */
const GC_HIGH = 85;
const GC_LOW = 80;
const EVICTION = { nodeFree: 10, imageFree: 15, inodesFree: 5 };

/** Garbage collection of images runs so often (pkg/kubelet/kubelet.go, `ImageGCPeriod`). */
export const GC_PERIOD_MS = 5 * 60_000;
/** The eviction manager looks so often (pkg/kubelet/kubelet.go, `evictionMonitoringPeriod`). */
export const EVICTION_PERIOD_MS = 10_000;

/** The lowest share that may be free without pressure, in percent; several, where one is several. */
export function pressureThresholds(
  disk: NodeDisk,
  files: FileSystem,
): { readonly bytes: number; readonly inodes: number } {
  const node = files === disk.node ? EVICTION.nodeFree : 0;
  const image = files === disk.snapshots ? EVICTION.imageFree : 0;
  const isWatched = node + image > 0;
  return { bytes: Math.max(node, image), inodes: isWatched ? EVICTION.inodesFree : 0 };
}

/** Whether kubelet would say DiskPressure of a file system. */
export function isUnderPressure(disk: NodeDisk, files: FileSystem): boolean {
  const { bytes, inodes } = pressureThresholds(disk, files);
  return files.freePercent < bytes || files.freeInodePercent < inodes;
}

/** kubelet's two ways of freeing disk, as of 1.35. */
export class ModelledKubelet {
  /** How often pods were evicted for the disk. */
  evictions = 0;

  constructor(readonly disk: NodeDisk, readonly hands: KubeletHands) {}

  /** Deletes unused images, the oldest first, when the file system of images is too full. */
  collectGarbage(): void {
    const files = this.disk.snapshots;
    if (100 - files.freePercent < GC_HIGH) return;
    const unused = this.hands.images().filter(({ isUsed }) => !isUsed);
    for (const { reference } of unused.toSorted((a, b) => a.since - b.since)) {
      if (100 - files.freePercent <= GC_LOW) return;
      this.hands.delete(reference);
    }
  }

  /** Under pressure deletes all unused images, then evicts a pod if that did not help. */
  manageEviction(now: number): void {
    if (!this.#pressed()) return;
    for (const { reference, isUsed } of this.hands.images()) {
      if (!isUsed) this.hands.delete(reference);
    }
    const pressed = this.#pressed();
    if (!pressed) return;
    this.evictions++;
    pressed.others(-pressed.totalBytes / 100, now);
    pressed.othersInodes = Math.max(0, pressed.othersInodes - pressed.totalInodes / 100);
  }

  #pressed(): FileSystem | undefined {
    return [this.disk.node, this.disk.snapshots].find((each) => isUnderPressure(this.disk, each));
  }
}
