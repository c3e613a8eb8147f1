import type { StatsFs } from "node:fs";
import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import type { DiskUsage, FileSystemReading } from "../ports/disk_usage.ts";

/** Where containerd keeps images. */
export interface DiskUsageOptions {
  /** Its root folder. */
  readonly root: string;
  /** The snapshotter that unpacks them, asked at each reading. Default overlayfs, containerd's own. */
  readonly snapshotter?: (() => string) | undefined;
}

/**
 * Reads the file systems that hold containerd's blobs and its unpacked layers, or that would hold
 * them: while a folder does not exist, its nearest parent counts. Needs `--allow-read` for them and
 * `--allow-sys=statfs`.
 */
export function openDiskUsage(options: DiskUsageOptions): DiskUsage {
  const { root, snapshotter = () => "overlayfs" } = options;
  return {
    async read() {
      const [blobs, layers] = await Promise.all([
        nearest(`${root}/io.containerd.content.v1.content`),
        nearest(`${root}/io.containerd.snapshotter.v1.${snapshotter()}`),
      ]);
      const content = readingOf(blobs.stats);
      if (isSame(blobs, layers)) return { content };
      return { content, snapshots: readingOf(layers.stats) };
    },
  };
}

interface Found {
  /** Number of the device; not of the file system, which may have several. */
  readonly device: number;
  readonly stats: StatsFs;
}

async function nearest(path: string): Promise<Found> {
  for (let at = path;; at = dirname(at)) {
    try {
      const { dev } = await Deno.stat(at);
      return { device: dev, stats: await statfs(at, { bigint: false }) };
    } catch (error) {
      if (!isMissing(error) || dirname(at) === at) throw error;
    }
  }
}

/**
 * Subvolumes of btrfs, and a folder seen through a container's overlay, have devices of their own and
 * the figures of the file system below them. Two disks with the same figures to the byte are judged
 * as one, which asks for more room than is needed.
 */
function isSame(a: Found, b: Found): boolean {
  if (a.device === b.device) return true;
  const figures = ({ stats }: Found) => [stats.blocks, stats.bsize, stats.files].join();
  const free = ({ stats }: Found) => stats.bavail * stats.bsize;
  // between the two looks others may write
  return figures(a) === figures(b) && Math.abs(free(a) - free(b)) <= NOISE_BYTES;
}

const NOISE_BYTES = 64_000_000;

function readingOf({ blocks, bavail, bsize, files, ffree }: StatsFs): FileSystemReading {
  return {
    usedPercent: blocks === 0 ? 0 : 100 * (blocks - bavail) / blocks,
    totalBytes: blocks * bsize,
    freeBytes: bavail * bsize,
    totalInodes: files,
    freeInodes: ffree,
  };
}

function isMissing(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory ||
    error instanceof Error && "code" in error &&
      (error.code === "ENOENT" || error.code === "ENOTDIR");
}
