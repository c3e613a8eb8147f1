import { messageOf } from "../../pure/message_of.ts";
import { finishesWithin } from "../../async/finishes_within.ts";
import type { HttpHandler } from "../../ports/http_handler.ts";
import type { ListenAddress } from "../../pure/settings/settings_values.ts";
import type { HealthState } from "./health_state.ts";

/** What `/metrics` answers. */
export interface MetricsText {
  readonly contentType: string;
  text(): Promise<string>;
}

/** How to open a health server. */
export interface HealthOptions {
  /** Undefined: nothing is served. */
  readonly address: ListenAddress | undefined;
  readonly state: HealthState;
  readonly metrics: MetricsText;
  /** First line of `/`, such as `warm-images agent 0.1.0`. */
  readonly title: string;
}

/** A server that answers until it is disposed. */
export interface HealthServer extends AsyncDisposable {
  /** Where it listens; undefined when health is off. */
  readonly address: ListenAddress | undefined;
  /** Has `handler` asked for what is not served here; until disposed. */
  serveAlso(handler: HttpHandler): Disposable;
}

/** How long a shutdown waits for a client that still reads its answer, in ms. */
const CLOSE_GRACE_MS = 2000;

/** Serves `/livez`, `/readyz` and `/metrics`. Throws an error that says what to do. */
export function openHealth(options: HealthOptions): HealthServer {
  const { address } = options;
  let further: HttpHandler | undefined;
  const serveAlso = (handler: HttpHandler) => {
    further = handler;
    return { [Symbol.dispose]: () => further = undefined };
  };
  if (!address) {
    return { address: undefined, serveAlso, [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  const server = listen(address, (request) => answer(request, options, further));
  const { hostname, port } = server.addr;
  return { address: { hostname, port }, serveAlso, [Symbol.asyncDispose]: () => close(server) };
}

function listen(
  address: ListenAddress,
  handler: (request: Request) => Promise<Response>,
): Deno.HttpServer<Deno.NetAddr> {
  const { hostname, port } = address;
  try {
    return Deno.serve({ hostname, port, handler, onListen: () => {} });
  } catch (cause) {
    const why = cause instanceof Deno.errors.AddrInUse
      ? "another program listens there"
      : messageOf(cause);
    throw new Error(
      `Cannot serve health on "${hostname}:${port}": ${why}; ` +
        "choose another address with --health-address (HEALTH_ADDRESS), or off",
      { cause },
    );
  }
}

async function close(server: Deno.HttpServer): Promise<void> {
  // What is still being read after the grace is cut off by the end of the process.
  await finishesWithin(server.shutdown(), CLOSE_GRACE_MS);
}

async function answer(
  request: Request,
  options: HealthOptions,
  further: HttpHandler | undefined,
): Promise<Response> {
  await request.body?.cancel();
  if (request.method !== "GET" && request.method !== "HEAD") {
    return plain("Only GET and HEAD are answered here\n", 405, { allow: "GET, HEAD" });
  }
  const { pathname } = new URL(request.url);
  const response = OWN.has(pathname)
    ? await answerGet(pathname, options)
    : await further?.(request) ?? await answerGet(pathname, options);
  return request.method === "GET" ? response : withoutBody(response);
}

/** What no further handler takes over: probes and scrapes need it. */
const OWN: ReadonlySet<string> = new Set(["/livez", "/readyz", "/metrics"]);

async function answerGet(path: string, options: HealthOptions): Promise<Response> {
  const { state, metrics, title } = options;
  switch (path) {
    case "/livez":
      return state.live()
        ? plain("ok\n", 200)
        : plain(`The loop has not turned for ${Math.round(state.silenceMs() / 1000)} s\n`, 503);
    case "/readyz": {
      const readiness = state.readiness();
      return Response.json(readiness, { status: readiness.ready ? 200 : 503, headers: NO_STORE });
    }
    case "/metrics":
      return plain(await metrics.text(), 200, { "content-type": metrics.contentType });
    case "/":
      return plain(`${title}\n\n/livez\n/readyz\n/metrics\n`, 200);
    default:
      return plain("Not found; / lists what is here\n", 404);
  }
}

const NO_STORE = { "cache-control": "no-store" };

function plain(text: string, status: number, headers: Record<string, string> = {}): Response {
  const type = { "content-type": "text/plain; charset=utf-8" };
  return new Response(text, { status, headers: { ...type, ...NO_STORE, ...headers } });
}

async function withoutBody(response: Response): Promise<Response> {
  await response.body?.cancel();
  return new Response(null, { status: response.status, headers: response.headers });
}
