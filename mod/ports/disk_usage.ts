/** How full a file system is. */
export interface DiskReading {
  /** Used share in percent, as `df` shows it. */
  readonly usedPercent: number;
  /** Bytes that an unprivileged user could still write. */
  readonly freeBytes: number;
}

/** The file system on which the runtime keeps its images. */
export interface DiskUsage {
  /** Reads how full it is now. Throws when that cannot be told. */
  read(): Promise<DiskReading>;
}
