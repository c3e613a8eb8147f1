/** A report tells of progress once in this time, and longer where it has more images, in ms. */
const PROGRESS = { leastMs: 10_000, msPerImage: 100 };

/** How often reports say how far pulls have come: each costs the bucket a write of the whole report. */
export class ProgressPace {
  readonly #random: () => number;
  #from = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** Whether a report of so many images should say so now (monotonic ms); if so, the next is later. */
  isDue(images: number, now: number): boolean {
    if (now < this.#from) return false;
    const { leastMs, msPerImage } = PROGRESS;
    const waitMs = Math.max(leastMs, msPerImage * images);
    this.#from = now + waitMs * (1 + this.#random() / 2);
    return true;
  }
}
