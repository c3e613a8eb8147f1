import type { StatsFs } from "node:fs";
import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import type { DiskUsage } from "../ports/disk_usage.ts";

/**
 * Reads the file system that holds `path`, or that would hold it: while the folder does not exist,
 * its nearest parent counts. Needs `--allow-read` for them and `--allow-sys=statfs`.
 */
export function openDiskUsage(path: string): DiskUsage {
  return {
    async read() {
      const { blocks, bavail, bsize, files, ffree } = await statfsOfNearest(path);
      return {
        content: {
          usedPercent: blocks === 0 ? 0 : 100 * (blocks - bavail) / blocks,
          totalBytes: blocks * bsize,
          freeBytes: bavail * bsize,
          totalInodes: files,
          freeInodes: ffree,
        },
      };
    },
  };
}

async function statfsOfNearest(path: string): Promise<StatsFs> {
  for (let at = path;; at = dirname(at)) {
    try {
      return await statfs(at, { bigint: false });
    } catch (error) {
      if (!isMissing(error) || dirname(at) === at) throw error;
    }
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error &&
    (error.code === "ENOENT" || error.code === "ENOTDIR");
}
