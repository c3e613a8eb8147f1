import type { PullNeed } from "./room.ts";

/** What a pull takes that fetches nothing. */
export const NO_NEED: PullNeed = {
  contentBytes: 0,
  contentInodes: 0,
  snapshotBytes: 0,
  snapshotInodes: 0,
  diskBytes: 0,
  images: 0,
};

/** Of an image that unpacks to more than others do, by `factor`. */
export function cautious(need: PullNeed, factor: number): PullNeed {
  const { snapshotBytes, snapshotInodes } = need;
  return {
    ...need,
    snapshotBytes: snapshotBytes * factor,
    snapshotInodes: Math.ceil(snapshotInodes * factor),
  };
}

/** Ten times as much, to tell whether a pull takes little of the room. */
export function tenfold(need: PullNeed): PullNeed {
  return {
    ...need,
    contentBytes: need.contentBytes * 10,
    snapshotBytes: need.snapshotBytes * 10,
    diskBytes: need.diskBytes * 10,
    images: 0,
  };
}
