/** How full the file system is on which the runtime keeps its images. */
export interface DiskUsage {
  /** Used share in percent as `df` shows it, and the bytes an unprivileged user could still write. */
  read(): Promise<{ readonly usedPercent: number; readonly freeBytes: number }>;
}
