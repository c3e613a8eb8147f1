import type { DiskReading, FileSystemReading } from "../pure/room/disk_reading.ts";

export type { DiskReading, FileSystemReading };

/** The file systems on which the runtime keeps its images. */
export interface DiskUsage {
  /** Reads how full they are now. Throws when that cannot be told. */
  read(): Promise<DiskReading>;
}
