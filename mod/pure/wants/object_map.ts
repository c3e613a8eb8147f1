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
    names.set(name, value);
  }

  /** Deletes the value of an object. */
  delete({ kind, namespace, name }: ObjectName): void {
    this.#kinds.get(kind)?.get(namespace)?.delete(name);
  }

  /** All objects that have a value. */
  *entries(): Generator<readonly [ObjectName, Value]> {
    for (const [kind, spaces] of this.#kinds) {
      for (const [namespace, names] of spaces) {
        for (const [name, value] of names) yield [{ kind, namespace, name }, value];
      }
    }
  }
}
