/**
 * Values of which equal ones are held once, such as the placement that most workloads of a cluster
 * have in common. Holders are counted: what nobody holds is not kept.
 */
export class SharedValues<Value> {
  readonly #byKey = new Map<string, Held<Value>>();
  readonly #byValue = new Map<Value, Held<Value>>();

  /** The different values that are held. */
  values(): Iterable<Value> {
    return this.#byValue.keys();
  }

  /** How many different values are held. */
  get size(): number {
    return this.#byKey.size;
  }

  /** Whether a value of this key is held. */
  has(key: string): boolean {
    return this.#byKey.has(key);
  }

  /**
   * The value to hold in place of an equal one; equal are values of the same `key`, which is their
   * JSON where none is given. `make` gives the value to keep where there is no equal one yet.
   */
  take(value: Value, key: string = JSON.stringify(value), make = () => value): Value {
    const known = this.#byKey.get(key);
    if (known !== undefined) {
      known.holders++;
      return known.value;
    }
    const held = { value: make(), key, holders: 1 };
    this.#byKey.set(key, held);
    this.#byValue.set(held.value, held);
    return held.value;
  }

  /** Says that one holder holds a value no more that `take` gave. Returns whether it was the last. */
  release(value: Value): boolean {
    const held = this.#byValue.get(value);
    if (held === undefined || --held.holders > 0) return false;
    this.#byKey.delete(held.key);
    this.#byValue.delete(value);
    return true;
  }
}

interface Held<Value> {
  readonly value: Value;
  readonly key: string;
  holders: number;
}
