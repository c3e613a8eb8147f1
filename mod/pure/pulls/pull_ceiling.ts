/** What any pull may take: a slow registry's answers, a disk that unpacks slowly. */
const BASE_MS = 30 * 60_000;
/** Slower than this on average, a pull is of no use to anybody, and holds a place others need. */
const BYTES_PER_SECOND = 256 * 2 ** 10;

/**
 * How long a pull that fetches this much may take, in ms. Whatever trickles in resets the watch for
 * stalls, so a registry that sends a byte now and then would hold a place for ever without this. The
 * next try goes on with what has arrived.
 */
export function pullCeilingMs(bytes: number): number {
  return BASE_MS + bytes / BYTES_PER_SECOND * 1000;
}

/** Of a pull of which nothing can be seen: 100 GB at 5 MB/s. */
const UNSEEN_MS = 6 * 60 * 60_000;

/**
 * How long a pull may take, in ms, whose size nobody knows before, by what has arrived so far: it goes
 * on for as long as it is not slower than others may be. `undefined`: that cannot be told.
 */
export function directCeilingMs(arrivedBytes: number | undefined): number {
  return arrivedBytes === undefined ? UNSEEN_MS : pullCeilingMs(arrivedBytes);
}
