/** What tells an object from all others. */
export interface ObjectName {
  /** Name of its kind. */
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/**
 * Values by kind, namespace and name. With the tens of thousands of objects of a cluster, texts made
 * of the three would take most of a pass: V8 hashes each new text, and an object's own once.
 */
export class ObjectMap<Value> {
  readonly #kinds = new Map<string, Map<string, Map<string, Value>>>();
  #size = 0;

  /** The value of an object, if it has one. */
  get({ kind, namespace, name }: ObjectName): Value | undefined {
    return this.#kinds.get(kind)?.get(namespace)?.get(name);
  }

  /** Sets the value of an object. */
  set({ kind, namespace, name }: ObjectName, value: Value): void {
    let spaces = this.#kinds.get(kind);
    if (spaces === undefined) this.#kinds.set(kind, spaces = new Map());
    let names = spaces.get(namespace);
    if (names === undefined) spaces.set(namespace, names = new Map());
    if (!names.has(name)) this.#size++;
    names.set(name, value);
  }

  /** Deletes the value of an object. */
  delete({ kind, namespace, name }: ObjectName): void {
    if (this.#kinds.get(kind)?.get(namespace)?.delete(name)) this.#size--;
  }

  /** How many objects have a value. */
  get size(): number {
    return this.#size;
  }

  /** The values of all objects that have one. */
  *values(): Generator<Value> {
    for (const spaces of this.#kinds.values()) {
      for (const names of spaces.values()) yield* names.values();
    }
  }

  /** Deletes the values of which this is not true. */
  keepOnly(isKept: (value: Value) => boolean): void {
    for (const [kind, spaces] of this.#kinds) {
      for (const [namespace, names] of spaces) {
        for (const [name, value] of names) {
          if (isKept(value)) continue;
          names.delete(name);
          this.#size--;
        }
        if (names.size === 0) spaces.delete(namespace);
      }
      if (spaces.size === 0) this.#kinds.delete(kind);
    }
  }
}
