/** An object of the fake server; the server fills in its resource version. */
export interface FakeObject {
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly [field: string]: unknown;
}

interface FakeEvent {
  readonly version: number;
  readonly path: string;
  readonly line: string;
}

/** What the fake API server holds, with the history that watches are served from. */
export class FakeObjects {
  readonly #collections = new Map<string, Map<string, FakeObject>>();
  #events: FakeEvent[] = [];
  #version = 100;
  /** Watches from before this version get 410. */
  oldestVersion = 0;
  /** Told of each new line of a watch. */
  onEvent: (path: string, line: string, version: number) => void = () => {};

  /** Newest resource version. */
  get version(): number {
    return this.#version;
  }

  /** Creates or replaces an object of the collection at `path`. */
  put(path: string, object: FakeObject): void {
    const collection = this.#collection(path);
    const key = keyOf(object);
    const type = collection.has(key) ? "MODIFIED" : "ADDED";
    collection.set(key, this.#record(path, type, object));
  }

  /** Deletes an object of the collection at `path`. */
  delete(path: string, name: string, namespace = "default"): void {
    const collection = this.#collection(path);
    const object = collection.get(`${namespace}/${name}`) ?? collection.get(`/${name}`);
    if (object === undefined) throw new Error(`The fake server has no "${name}" at ${path}`);
    collection.delete(keyOf(object));
    this.#record(path, "DELETED", object);
  }

  /** Takes everything away without a trace, as a server does that came back with an empty etcd. */
  empty(): void {
    this.#collections.clear();
    this.#events = [];
    this.#version = 1;
  }

  /** Forgets the history: watches from before now get 410. */
  compact(): void {
    this.#version++;
    this.#events = [];
    this.oldestVersion = this.#version;
  }

  /** One page of a list; the continue token is the number of objects already told. */
  list(path: string, query: URLSearchParams): { status: number; body: unknown } {
    // Like the real one: the items of a list have no kind, the objects of a watch do.
    const all = [...this.#collection(path).values()]
      .map(({ kind: _kind, apiVersion: _apiVersion, ...item }) => item);
    const from = Number(query.get("continue") ?? 0);
    const to = from + Number(query.get("limit") ?? all.length);
    const metadata = {
      resourceVersion: String(this.#version),
      ...(to < all.length && { continue: String(to), remainingItemCount: all.length - to }),
    };
    return { status: 200, body: { kind: "List", metadata, items: all.slice(from, to) } };
  }

  /** Lines of a watch that begins after `version`. */
  linesSince(path: string, version: number): string[] {
    return this.#events.filter((event) => event.path === path && event.version > version)
      .map(({ line }) => line);
  }

  /** GET, POST (to the collection) and PUT of one object, with optimistic concurrency. */
  single(method: string, path: string, text: string): { status: number; body: unknown } {
    const [at, name] = method === "POST"
      ? [path, ""]
      : [path.slice(0, path.lastIndexOf("/")), path.slice(path.lastIndexOf("/") + 1)];
    const collection = this.#collection(at);
    const found = [...collection.values()].find(({ metadata }) => metadata.name === name);
    if (method === "GET") return found === undefined ? failure(404) : { status: 200, body: found };
    const object: FakeObject = JSON.parse(text);
    const current = method === "POST" ? collection.get(keyOf(object)) : found;
    if (method === "PUT" && versionOf(object) !== versionOf(current)) return failure(409);
    if (method === "POST" && current !== undefined) return failure(409);
    this.put(at, object);
    return { status: 200, body: collection.get(keyOf(object)) };
  }

  #record(path: string, type: string, object: FakeObject): FakeObject {
    const version = ++this.#version;
    const recorded = { ...object, metadata: { ...object.metadata, resourceVersion: `${version}` } };
    const line = JSON.stringify({ type, object: recorded }) + "\n";
    this.#events.push({ version, path, line });
    this.onEvent(path, line, version);
    return recorded;
  }

  #collection(path: string): Map<string, FakeObject> {
    const collection = this.#collections.get(path) ?? new Map();
    this.#collections.set(path, collection);
    return collection;
  }
}

function keyOf({ metadata }: FakeObject): string {
  return `${metadata.namespace ?? ""}/${metadata.name}`;
}

function versionOf(object: FakeObject | undefined): unknown {
  return (object?.metadata as { resourceVersion?: unknown } | undefined)?.resourceVersion;
}

function failure(code: number): { status: number; body: unknown } {
  return { status: code, body: { kind: "Status", code, reason: code === 409 ? "Conflict" : "" } };
}
