/** How far a running pull has come. */
export interface PullProgress {
  /** Bytes that have arrived, as they are stored in the registry. */
  readonly bytes: number;
  /** Of all that this pull fetches. */
  readonly totalBytes: number;
  /** Over the last seconds; absent until it can be told. */
  readonly bytesPerSecond?: number | undefined;
  /** Until all has arrived, at that rate. */
  readonly secondsLeft?: number | undefined;
}

/** The rate is that of the last seconds: what a pull was like before says little of what comes. */
const WINDOW_MS = 10_000;
/** A rate over less time is mostly the grain of the parts. */
const SHORTEST_MS = 1000;

/** Makes progress of one pull out of samples. */
export class ProgressMeter {
  readonly #totalBytes: number;
  readonly #samples: { readonly atMs: number; readonly bytes: number }[] = [];

  /** `totalBytes` is what the node lacks of the image. */
  constructor(totalBytes: number) {
    this.#totalBytes = totalBytes;
  }

  /** Takes what has arrived until now; `atMs` is of a monotonic clock. */
  record(atMs: number, arrivedBytes: number): PullProgress {
    const totalBytes = this.#totalBytes;
    const bytes = Math.min(arrivedBytes, totalBytes); // what broke may have been fetched twice
    this.#samples.push({ atMs, bytes });
    while ((this.#samples[1]?.atMs ?? Infinity) <= atMs - WINDOW_MS) this.#samples.shift();
    const bytesPerSecond = this.#rate();
    if (bytesPerSecond === undefined) return { bytes, totalBytes };
    if (bytesPerSecond === 0) return { bytes, totalBytes, bytesPerSecond };
    return {
      bytes,
      totalBytes,
      bytesPerSecond,
      secondsLeft: (totalBytes - bytes) / bytesPerSecond,
    };
  }

  /** Standing still is no part of it, as long as something moved: a pause ends some time. */
  #rate(): number | undefined {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || last.atMs - first.atMs < SHORTEST_MS) {
      return undefined;
    }
    let movingMs = 0;
    for (const [index, { atMs, bytes }] of this.#samples.entries()) {
      const before = this.#samples[index - 1];
      if (before !== undefined && before.bytes < bytes) movingMs += atMs - before.atMs;
    }
    return movingMs === 0 ? 0 : Math.round((last.bytes - first.bytes) / movingMs * 1000);
  }
}
