import type { Blob } from "../images/image_content.ts";

/** What a pull writes to the file systems of the images, before it has begun. */
export interface ImageNeed {
  /** Bytes and inodes of blobs as they come from the registry. */
  readonly contentBytes: number;
  readonly contentInodes: number;
  /** Bytes and inodes of unpacked layers. */
  readonly snapshotBytes: number;
  readonly snapshotInodes: number;
}

/**
 * Bytes that a compressed layer takes once unpacked, per byte of it: an estimate, as neither manifests
 * nor configurations tell. Measured with `tar | gzip -6` against `du`: busybox 2.0, /usr/bin and
 * Debian's libc6 2.6, /usr/share 2.9, /usr/lib 3.0, Go programs 2.5 to 3.2, /usr/local 3.6,
 * /usr/lib/python3 3.8; C headers 6.3, a cache of npm packages 8.1; with `zstd -3` 3 to 9 % more, and
 * headers 9.5. Tried against a model of filling disks (tests/flow, 60 nodes of 100 GB with six images
 * each): with 2.5 pulls of programs wrote 95 GB for nothing and of python 361 GB, with 3 none and
 * 190 GB, and as many images got there; from 3.5 on some stay out that would fit. What unpacks to
 * more is ended by the watch over running pulls, and taken for more the next time.
 */
const UNPACKED_PER_COMPRESSED = 3;
/**
 * Unpacked bytes per inode, a file or a folder: an estimate on the careful side. Measured: packages
 * of programs 44 KB and more, /usr/lib/python3 22 KB, npm packages 15 KB, /usr/share 13 KB;
 * small packages of text such as certificates 4 to 7 KB. ext4 makes an inode per 16 KB by default.
 */
const BYTES_PER_INODE = 10_000;
/** What a blob takes while it arrives, at most: containerd's ingest folder and five files in it. */
const INODES_PER_BLOB = 6;

/** What a pull takes that has to fetch the blobs `missing` of an image of `bytes` in all. */
export function needOf(
  { bytes, missing, as }: {
    readonly bytes: number;
    readonly missing: readonly Blob[];
    readonly as?: "bytes" | undefined;
  },
): ImageNeed {
  if (as === "bytes") {
    const contentBytes = missing.reduce((sum, blob) => sum + blob.bytes, 0);
    return withSnapshots(contentBytes, missing.length * INODES_PER_BLOB, 0);
  }
  // All blobs are there and it is no image yet: what remains is to unpack them.
  if (missing.length === 0) return withSnapshots(0, 0, bytes * UNPACKED_PER_COMPRESSED);
  let contentBytes = 0;
  let snapshotBytes = 0;
  for (const blob of missing) {
    contentBytes += blob.bytes;
    snapshotBytes += blob.bytes * unpackedPerByte(blob.mediaType);
  }
  return withSnapshots(contentBytes, missing.length * INODES_PER_BLOB, snapshotBytes);
}

/**
 * Bytes of disk that an image takes of which `bytes` are stored in the registry: `ctr` keeps its
 * blobs beside what they were unpacked to, and blobs alone where it is kept as bytes. Layers that
 * images share count with each of them.
 */
export function diskBytesOf(bytes: number, as?: "bytes"): number {
  return as === "bytes" ? bytes : bytes * (1 + UNPACKED_PER_COMPRESSED);
}

function withSnapshots(
  contentBytes: number,
  contentInodes: number,
  snapshotBytes: number,
): ImageNeed {
  const snapshotInodes = Math.ceil(snapshotBytes / BYTES_PER_INODE);
  return { contentBytes, contentInodes, snapshotBytes, snapshotInodes };
}

/** By OCI's and Docker's names: `…tar+gzip`, `…tar+zstd`, `…tar.gzip`, or just `…tar`. */
function unpackedPerByte(mediaType: string): number {
  if (/json$/.test(mediaType)) return 0; // the configuration is not unpacked
  return /(\.|diff\.)tar$/.test(mediaType) ? 1 : UNPACKED_PER_COMPRESSED;
}
