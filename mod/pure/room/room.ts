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

/** What one pull takes. */
export interface PullNeed extends ImageNeed {
  /** Disk that the whole image takes (`diskBytesOf()`), blobs that are here already included. */
  readonly diskBytes: number;
  /** 0 where the image replaces one that is warm. */
  readonly images: 0 | 1;
}

/** What is there, and what is on its way. */
export interface RoomState {
  readonly reading: DiskReading;
  /** What running pulls may still write. */
  readonly coming: readonly PullNeed[];
  /** Wanted images that are warm, and the disk that they take. */
  readonly warm: { readonly images: number; readonly diskBytes: number };
}

/**
 * Whether a pull fits: `waits` when only what is on its way keeps it from fitting, which may turn
 * out smaller, or fail. `detail` says how much is missing, for a person.
 */
export type RoomVerdict =
  | { readonly result: "fits" }
  | { readonly result: "waits" | "no_room"; readonly detail: string };

/**
 * Inodes that stay free, in percent: kubelet evicts pods from 5 % free on (its default
 * `nodefs.inodesFree<5%`, and the same for `imagefs`).
 */
const INODES_KEPT_PERCENT = 10;

/** Whether `need` fits beside what is there and on its way, below the mark and within the limits. */
export function judgeRoom(need: PullNeed, state: RoomState, rules: RoomRules): RoomVerdict {
  let waits: RoomVerdict | undefined;
  for (const { of, left, text } of limits(state, rules)) {
    const needed = of(need);
    if (needed === 0) continue; // a limit that is passed already does not concern it
    if (needed > left) return { result: "no_room", detail: text(needed, Math.max(0, left)) };
    const coming = state.coming.reduce((sum, each) => sum + of(each), 0);
    if (needed <= left - coming) continue;
    const detail = text(needed, Math.max(0, left - coming));
    waits ??= { result: "waits", detail: `${detail} by the pulls that run` };
  }
  return waits ?? { result: "fits" };
}

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

interface Limit<Need> {
  /** What a pull takes of it. */
  readonly of: (need: Need) => number;
  readonly left: number;
  readonly text: (needed: number, left: number) => string;
}

interface DiskLimit extends Limit<ImageNeed> {
  readonly overlooked: number;
}

function limits({ reading, warm }: RoomState, rules: RoomRules): Limit<PullNeed>[] {
  const { maxBytes = Infinity, maxImages = 0 } = rules;
  const ofNode: Limit<PullNeed>[] = [
    {
      of: ({ diskBytes, images }) => images === 0 ? 0 : diskBytes,
      left: maxBytes - warm.diskBytes,
      text: (needed, left) =>
        `needs ${bytesText(needed)}, ${bytesText(left)} are left of --max-bytes`,
    },
    {
      of: ({ images }) => images,
      left: (maxImages || Infinity) - warm.images,
      text: () => `${maxImages} images are kept warm at most (--max-images)`,
    },
  ];
  return [...ofNode, ...diskLimits(reading, rules)];
}

function diskLimits({ content, snapshots }: DiskReading, rules: RoomRules): DiskLimit[] {
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
