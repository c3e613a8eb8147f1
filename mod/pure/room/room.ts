import { bytesText } from "./bytes_text.ts";
import type { DiskReading } from "./disk_reading.ts";
import { diskLimits, type Limit, type RoomRules } from "./disk_limits.ts";
import type { ImageNeed } from "./image_need.ts";

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
