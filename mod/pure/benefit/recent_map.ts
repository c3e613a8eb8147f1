/**
 * What was said of keys, of the newest keys alone: the oldest are forgotten once there are more than
 * `limit`. Only hashes of keys are kept (some 50 bytes each): of 100,000 keys two are taken for one
 * with a probability of one to a million.
 */
export class RecentMap<T> {
  readonly #limit: number;
  readonly #values = new Map<number, T>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** What was said of a key last. */
  get(key: string): T | undefined {
    return this.#values.get(hashOf(key));
  }

  /** Says it of a key, which is the newest then. */
  set(key: string, value: T): void {
    const hash = hashOf(key);
    this.#values.delete(hash);
    this.#values.set(hash, value);
    if (this.#values.size <= this.#limit) return;
    for (const oldest of this.#values.keys()) {
      this.#values.delete(oldest);
      return;
    }
  }

  /** How many keys are known. */
  get size(): number {
    return this.#values.size;
  }
}

/** 53 bits, as many as a number holds exactly, from two multiplicative hashes with a final mix. */
function hashOf(key: string): number {
  let [high, low] = [0xdeadbeef, 0x41c6ce57];
  for (let i = 0; i < key.length; i++) {
    const code = key.charCodeAt(i);
    high = Math.imul(high ^ code, 0x9e3779b1);
    low = Math.imul(low ^ code, 0x5f356495);
  }
  high = Math.imul(high ^ (high >>> 16), 0x85ebca6b) ^ Math.imul(low ^ (low >>> 13), 0xc2b2ae35);
  low = Math.imul(low ^ (low >>> 16), 0x85ebca6b) ^ Math.imul(high ^ (high >>> 13), 0xc2b2ae35);
  return (high & 0x1fffff) * 2 ** 32 + (low >>> 0);
}
