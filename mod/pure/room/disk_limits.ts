import { bytesText } from "./bytes_text.ts";
import type { DiskReading, FileSystemReading } from "./disk_reading.ts";
import type { ImageNeed } from "./image_need.ts";

/** How much of the node pulls may take. */
export interface RoomRules {
  /** A file system is full from this share on, in percent of it. */
  readonly diskHighPercent: number;
  /** The most disk that wanted images may take; undefined: no limit of its own. */
  readonly maxBytes?: number | undefined;
  /** The most images that are kept warm; 0 or undefined: no limit. */
  readonly maxImages?: number | undefined;
}

/** A bound on what pulls take of something. */
export interface Limit<Need> {
  /** What a pull takes of it. */
  readonly of: (need: Need) => number;
  readonly left: number;
  /** Says for a person what is missing. */
  readonly text: (needed: number, left: number) => string;
}

interface DiskLimit extends Limit<ImageNeed> {
  /** What a judgement of running pulls overlooks. */
  readonly overlooked: number;
}

/**
 * Inodes that stay free, in percent: kubelet evicts pods from 5 % free on (its default
 * `nodefs.inodesFree<5%`, and the same for `imagefs`).
 */
const INODES_KEPT_PERCENT = 10;

/**
 * Why no pull may start at all, for a person; undefined when there is some room. kubelet's own way
 * of counting: `usagePercent := 100 - available*100/capacity` (image_gc_manager.go).
 */
export function fullness(reading: DiskReading, { diskHighPercent }: RoomRules): string | undefined {
  for (const [name, files] of fileSystems(reading)) {
    if (files.usedPercent >= diskHighPercent) {
      return `${name}: ${files.usedPercent.toFixed(0)} % used, ` +
        `pulls start below ${diskHighPercent} %`;
    }
    if (inodesLeft(files) <= 0) {
      const free = 100 * files.freeInodes / files.totalInodes;
      return `${name}: ${free.toFixed(0)} % of its inodes are free, ` +
        `pulls start above ${INODES_KEPT_PERCENT} %`;
    }
  }
  return undefined;
}

/** Bytes that pulls may still write to the fuller file system before it reaches the mark. */
export function roomBytes(reading: DiskReading, rules: RoomRules): number {
  const left = fileSystems(reading).map(([, files]) => bytesLeft(files, rules));
  return Math.max(0, Math.min(...left));
}

/**
 * Whether what is left to fetch still fits below the mark. `arriving` is the least that running pulls
 * will still write. Readings and progress are of different moments, so a hundredth of the file system
 * is overlooked: the mark itself ends pulls all the same.
 */
export function overrun(
  reading: DiskReading,
  arriving: readonly ImageNeed[],
  rules: RoomRules,
): string | undefined {
  for (const { of, left, text, overlooked } of diskLimits(reading, rules)) {
    const needed = arriving.reduce((sum, each) => sum + of(each), 0);
    if (needed > left + overlooked) return text(needed, Math.max(0, left));
  }
  return undefined;
}

/** The limits of bytes and inodes of each file system of the images. */
export function diskLimits({ content, snapshots }: DiskReading, rules: RoomRules): DiskLimit[] {
  if (snapshots === undefined) {
    return ofFileSystem(content, "", rules, {
      bytes: ({ contentBytes, snapshotBytes }) => contentBytes + snapshotBytes,
      inodes: ({ contentInodes, snapshotInodes }) => contentInodes + snapshotInodes,
    });
  }
  return [
    ...ofFileSystem(content, " for blobs", rules, {
      bytes: ({ contentBytes }) => contentBytes,
      inodes: ({ contentInodes }) => contentInodes,
    }),
    ...ofFileSystem(snapshots, " for unpacked layers", rules, {
      bytes: ({ snapshotBytes }) => snapshotBytes,
      inodes: ({ snapshotInodes }) => snapshotInodes,
    }),
  ];
}

function ofFileSystem(
  files: FileSystemReading,
  what: string,
  rules: RoomRules,
  of: Readonly<Record<"bytes" | "inodes", (need: ImageNeed) => number>>,
): DiskLimit[] {
  return [
    {
      of: of.bytes,
      left: bytesLeft(files, rules),
      overlooked: files.totalBytes / 100,
      text: (needed, left) =>
        `needs ${bytesText(needed)}${what}, ${bytesText(left)} are left below the mark of ` +
        `${rules.diskHighPercent} %`,
    },
    {
      of: of.inodes,
      left: inodesLeft(files),
      overlooked: files.totalInodes / 100,
      text: (needed, left) =>
        `needs about ${needed} inodes${what}, ${Math.floor(left)} are left before ` +
        `${INODES_KEPT_PERCENT} % are free`,
    },
  ];
}

function bytesLeft({ totalBytes, freeBytes }: FileSystemReading, rules: RoomRules): number {
  return freeBytes - totalBytes * (100 - rules.diskHighPercent) / 100;
}

function inodesLeft({ totalInodes, freeInodes }: FileSystemReading): number {
  if (totalInodes === 0) return Infinity;
  return freeInodes - totalInodes * INODES_KEPT_PERCENT / 100;
}

function fileSystems({ content, snapshots }: DiskReading): [string, FileSystemReading][] {
  if (snapshots === undefined) return [["disk", content]];
  return [["disk of blobs", content], ["disk of unpacked layers", snapshots]];
}
