import { FakeObjects } from "./fake_api_objects.ts";
import type { LargeCollection } from "./large_cluster.ts";

/** A change that is told to the watches of a collection. */
export interface LargeChange {
  readonly path: string;
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  /** Which object; it may be one that no list has. */
  readonly number: number;
  /** Written into its status, so that it differs from before. */
  readonly change: number;
}

/**
 * An API server of more objects than fit in memory: lists in pages and watches over HTTP, and
 * single objects such as Leases, which are the only ones that it holds.
 */
export class LargeApiServer implements AsyncDisposable {
  readonly #collections: ReadonlyMap<string, LargeCollection>;
  readonly #single = new FakeObjects();
  readonly #watches = new Map<string, Set<ReadableStreamDefaultController<Uint8Array>>>();
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #encoder = new TextEncoder();
  #version = 1_000_000;
  /** Characters of answers and events so far. */
  sent = 0;

  constructor(collections: ReadonlyMap<string, LargeCollection>) {
    this.#collections = collections;
    const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
    this.#server = Deno.serve(options, (request) => this.#answer(request));
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  /** How many watches are open. */
  get watches(): number {
    return [...this.#watches.values()].reduce((sum, each) => sum + each.size, 0);
  }

  /** Tells the watches of a change. */
  tell({ path, type, number, change }: LargeChange): void {
    const isNew = type === "ADDED";
    const json = this.#collections.get(path)?.json(number, ++this.#version, change, isNew);
    const line = this.#encoder.encode(`{"type":"${type}","object":${json}}\n`);
    for (const watch of this.#watches.get(path) ?? []) watch.enqueue(line);
    this.sent += line.length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const watch of [...this.#watches.values()].flatMap((each) => [...each])) watch.close();
    await this.#server.shutdown();
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname: path, searchParams: query } = new URL(request.url);
    if (path.includes("/leases")) {
      const { status, body } = this.#single.single(request.method, path, await request.text());
      return Response.json(body, { status });
    }
    if (path === "/apis") return Response.json({ kind: "APIGroupDiscoveryList", items: [] });
    if (path === "/openapi/v3") return Response.json({ paths: {} });
    return query.has("watch") ? this.#watch(path) : this.#list(path, query);
  }

  #list(path: string, query: URLSearchParams): Response {
    const { count, json } = this.#collections.get(path) ?? { count: 0, json: () => "" };
    const from = Number(query.get("continue") ?? 0);
    const to = Math.min(count, from + Number(query.get("limit") ?? count));
    const items = [];
    for (let number = from; number < to; number++) items.push(json(number, number + 1));
    const more = to < count ? `,"continue":"${to}"` : "";
    const head = `{"kind":"List","metadata":{"resourceVersion":"${this.#version}"${more}}`;
    const text = `${head},"items":[${items.join()}]}`;
    this.sent += text.length;
    return new Response(text, { headers: { "content-type": "application/json" } });
  }

  #watch(path: string): Response {
    const watches = this.#watches.get(path) ?? new Set();
    this.#watches.set(path, watches);
    let own: ReadableStreamDefaultController<Uint8Array>;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        own = controller;
        watches.add(controller);
      },
      cancel: () => {
        watches.delete(own);
      },
    });
    return new Response(body, { headers: { "content-type": "application/json" } });
  }
}
