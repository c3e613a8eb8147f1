import type { DiskUsage } from "../../../mod/ports/disk_usage.ts";

/** A disk that is as full as the test says. */
export interface ScriptedDisk extends DiskUsage {
  usedPercent: number;
  /** Why the disk cannot be read; `undefined` when it can. */
  broken: string | undefined;
}

/** Makes a disk that is nearly empty. */
export function scriptedDisk(): ScriptedDisk {
  return {
    usedPercent: 10,
    broken: undefined,
    async read() {
      await Promise.resolve();
      if (this.broken !== undefined) throw new Error(this.broken);
      const totalBytes = 1e11;
      const freeBytes = totalBytes * (1 - this.usedPercent / 100);
      const { usedPercent } = this;
      return {
        content: { usedPercent, totalBytes, freeBytes, totalInodes: 1e7, freeInodes: 9e6 },
      };
    },
  };
}
