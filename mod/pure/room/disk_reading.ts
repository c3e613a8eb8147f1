/** How full one file system is. */
export interface FileSystemReading {
  /** Used share in percent as kubelet counts it: what an unprivileged user cannot have is used. */
  readonly usedPercent: number;
  /** Of the whole file system. */
  readonly totalBytes: number;
  /** Bytes that an unprivileged user could still write. */
  readonly freeBytes: number;
  /** Inodes; 0 for a file system that makes them as it needs them. */
  readonly totalInodes: number;
  readonly freeInodes: number;
}

/** Where the runtime keeps images. */
export interface DiskReading {
  /** Blobs as they came from the registry. */
  readonly content: FileSystemReading;
  /** Unpacked layers; absent where they lie on the same file system. */
  readonly snapshots?: FileSystemReading | undefined;
}
