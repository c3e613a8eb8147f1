/**
 * Values of which equal ones are held once, such as the placement that most workloads of a cluster
 * have in common. Holders are counted: what nobody holds is not kept.
 */
export class SharedValues<Value> {
  readonly #held = new Map<string, { readonly value: Value; holders: number }>();

  /** The different values that are held. */
  *values(): Generator<Value> {
    for (const { value } of this.#held.values()) yield value;
  }

  /** How many different values are held. */
  get size(): number {
    return this.#held.size;
  }

  /** The value to hold in place of an equal one; equal are values of the same JSON. */
  take(value: Value): Value {
    const key = JSON.stringify(value);
    const held = this.#held.get(key) ?? { value, holders: 0 };
    held.holders++;
    this.#held.set(key, held);
    return held.value;
  }

  /** Says that one holder holds it no more. */
  release(value: Value): void {
    const key = JSON.stringify(value);
    const held = this.#held.get(key);
    if (held !== undefined && --held.holders === 0) this.#held.delete(key);
  }
}
