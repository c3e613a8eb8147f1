import { FakeObjects } from "./fake_api_objects.ts";
import { type RawBody, type RawExchange, RawHttpServer } from "./raw_http.ts";

/** What goes wrong with one request. */
export type FakeFault =
  | {
    readonly type: "status";
    readonly status: number;
    readonly reason?: string;
    readonly retryAfterSeconds?: number;
  }
  /** Accepts the request and never answers. */
  | { readonly type: "hang" }
  /** Sends the first half of the answer (of a list), then closes the connection. */
  | { readonly type: "cut" }
  /** Sends this text as the beginning of a watch, then goes on or closes the connection. */
  | { readonly type: "text"; readonly text: string; readonly then: "go on" | "cut" | "end" };

/** Which request a fault hits: the first that fits, once unless `times` says otherwise. */
export interface FakeTarget {
  readonly verb: "list" | "watch" | "get" | "update" | "create";
  /** Path of the collection; absent: any. */
  readonly path?: string;
  /** Only a page after the first. */
  readonly laterPage?: boolean;
  /** Only the page that begins after so many objects. */
  readonly pageAfter?: number;
  readonly times?: number;
}

/** A request as it came. */
export interface FakeRequest {
  readonly verb: FakeTarget["verb"];
  readonly path: string;
  readonly query: URLSearchParams;
  readonly authorization: string | null;
  /** Media type that the answer should have. */
  readonly accept: string | null;
}

/** An answer to a question about the server itself. */
export interface FakeDocument {
  /** Default 200. */
  readonly status?: number;
  readonly body?: unknown;
  readonly etag?: string;
}

interface OpenWatch {
  readonly path: string;
  readonly from: number;
  readonly body: RawBody;
  stalled: boolean;
}

/** An API server that does as it is told: plain HTTP, bearer token, scripted faults. */
export class FakeApiServer implements AsyncDisposable {
  readonly objects = new FakeObjects();
  readonly requests: FakeRequest[] = [];
  /** What the server says of itself, by path; by default that it has no kinds of others. */
  readonly documents = new Map<string, FakeDocument>([
    ["/apis", { body: { kind: "APIGroupDiscoveryList", items: [] } }],
    ["/apis/apiextensions.k8s.io/v1/customresourcedefinitions", { status: 403 }],
    ["/openapi/v3", { body: { paths: {} } }],
  ]);
  /** Paths of the documents that were asked for, each with the status of its answer. */
  readonly documentsAsked: string[] = [];
  /** Absent: every request is let in. */
  token: string | undefined;
  readonly #watches = new Set<OpenWatch>();
  readonly #faults: { readonly target: FakeTarget; readonly fault: FakeFault; left: number }[] = [];
  #server: RawHttpServer | undefined;
  #port = 0;

  constructor() {
    // As the real one: a watch from the server's future hears nothing until that has come.
    this.objects.onEvent = (path, line, version) => {
      this.#write(line, (at) => at.path === path && !at.stalled && version > at.from);
    };
    this.start();
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Watches that are open now. */
  get watches(): number {
    return this.#watches.size;
  }

  /** Listens again, on the same port as before. */
  start(): void {
    this.#server = new RawHttpServer(this.#port, (exchange) => this.#answer(exchange));
    this.#port = this.#server.port;
  }

  /** Closes every connection and listens no more. */
  async stop(): Promise<void> {
    await this.#server?.[Symbol.asyncDispose]();
    this.#server = undefined;
    this.#watches.clear();
  }

  /** Lets a fault hit the next request that fits. */
  fail(target: FakeTarget, fault: FakeFault): void {
    this.#faults.push({ target, fault, left: target.times ?? 1 });
  }

  /** Takes back every fault that is left. */
  allow(): void {
    this.#faults.length = 0;
  }

  /** Cuts the connections of all open watches. */
  dropWatches(): void {
    for (const { body } of this.#watches) body.cut();
    this.#watches.clear();
  }

  /** Ends all open watches as a server does whose time is up. */
  async endWatches(): Promise<void> {
    const ended = [...this.#watches].map(({ body }) => body.end());
    this.#watches.clear();
    await Promise.all(ended);
  }

  /** Sends nothing more on the open watches, and leaves them open. */
  stallWatches(): void {
    for (const watch of this.#watches) watch.stalled = true;
  }

  /** Sends a text on all open watches, also on stalled ones. */
  send(text: string): void {
    this.#write(text, () => true);
  }

  /** The requests of one kind so far, in order: `list`, `list 200` (a page after 200) or `watch`. */
  asked(path: string): string[] {
    return this.requests.filter((each) => each.path === path).map(({ verb, query }) =>
      query.has("continue") ? `${verb} ${query.get("continue")}` : verb
    );
  }

  /** How many requests of this verb came. */
  count(verb: FakeTarget["verb"], path?: string): number {
    return this.requests.filter((each) =>
      each.verb === verb && (path === undefined || each.path === path)
    ).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #write(text: string, fits: (watch: OpenWatch) => boolean): void {
    for (const watch of this.#watches) {
      if (!fits(watch)) continue;
      watch.body.write(text).catch(() => this.#watches.delete(watch)); // the client went away
    }
  }

  async #answer(exchange: RawExchange): Promise<void> {
    const { pathname: path, searchParams: query } = exchange.url;
    const document = this.documents.get(path);
    if (document !== undefined) return await this.#tell(exchange, path, document);
    const verb = verbOf(exchange.method, path, query);
    const authorization = exchange.headers.get("authorization");
    const accept = exchange.headers.get("accept");
    this.requests.push({ verb, path, query, authorization, accept });
    if (this.token !== undefined && authorization !== `Bearer ${this.token}`) {
      return await answerStatus(exchange, 401, "Unauthorized");
    }
    const fault = this.#takeFault(verb, path, query);
    switch (fault?.type) {
      case "status":
        return await answerStatus(
          exchange,
          fault.status,
          fault.reason ?? "",
          fault.retryAfterSeconds,
        );
      case "hang":
        return;
      case "cut":
        return await cutAnswer(exchange, JSON.stringify(this.objects.list(path, query).body));
    }
    if (verb === "watch") return await this.#watch(exchange, path, query, fault);
    const { status, body } = verb === "list"
      ? this.objects.list(path, query)
      : this.objects.single(exchange.method, path, exchange.text);
    await exchange.answer(status, JSON.stringify(body));
  }

  async #tell(
    exchange: RawExchange,
    path: string,
    { status = 200, body, etag }: FakeDocument,
  ): Promise<void> {
    const isKnown = etag !== undefined && exchange.headers.get("if-none-match") === etag;
    const code = isKnown ? 304 : status;
    this.documentsAsked.push(`${path} ${code}`);
    if (code >= 400) return await answerStatus(exchange, code, "");
    const headers: Record<string, string> = etag === undefined ? {} : { etag };
    await exchange.answer(code, isKnown ? "" : JSON.stringify(body), headers);
  }

  #takeFault(verb: string, path: string, query: URLSearchParams): FakeFault | undefined {
    const found = this.#faults.find(({ target, left }) =>
      left > 0 && target.verb === verb && (target.path ?? path) === path &&
      (target.laterPage !== true || query.has("continue")) &&
      (target.pageAfter === undefined || query.get("continue") === String(target.pageAfter))
    );
    if (found === undefined) return undefined;
    found.left--;
    return found.fault;
  }

  async #watch(
    exchange: RawExchange,
    path: string,
    query: URLSearchParams,
    fault: FakeFault | undefined,
  ): Promise<void> {
    const from = Number(query.get("resourceVersion"));
    if (from < this.objects.oldestVersion) return await answerStatus(exchange, 410, "Expired");
    const body = await exchange.begin();
    if (fault?.type === "text") {
      await body.write(fault.text);
      if (fault.then === "cut") return body.cut();
      if (fault.then === "end") return await body.end();
    }
    const lines = this.objects.linesSince(path, from).join("");
    this.#watches.add({ path, from, body, stalled: false });
    await body.write(lines);
  }
}

function verbOf(method: string, path: string, query: URLSearchParams): FakeTarget["verb"] {
  if (method === "POST") return "create";
  if (method === "PUT") return "update";
  if (query.has("watch")) return "watch";
  return path.includes("/leases/") ? "get" : "list";
}

async function answerStatus(
  exchange: RawExchange,
  code: number,
  reason: string,
  retryAfterSeconds?: number,
): Promise<void> {
  const status = { kind: "Status", apiVersion: "v1", status: "Failure", message: "", reason, code };
  const headers = retryAfterSeconds === undefined ? {} : { "retry-after": `${retryAfterSeconds}` };
  await exchange.answer(code, JSON.stringify(status), headers);
}

async function cutAnswer(exchange: RawExchange, text: string): Promise<void> {
  const body = await exchange.begin();
  await body.write(text.slice(0, text.length / 2));
  body.cut();
}
