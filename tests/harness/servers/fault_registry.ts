import type { FaultMode } from "./fault_mode.ts";
import { faultyBody, untilAborted } from "./faulty_body.ts";

/** One request, in order of arrival. */
export interface FaultRequest {
  readonly method: string;
  readonly path: string;
  readonly range?: string;
  /** When it arrived, as `Date.now()`. */
  readonly at: number;
  /** Of the answer; missing while the registry hangs. */
  readonly status?: number;
}

/** A registry that does what it is told, in front of a real one; disposing closes it. */
export interface FaultRegistry extends AsyncDisposable {
  /** "127.0.0.1:PORT", as it stands in a reference. */
  readonly host: string;
  readonly url: string;
  /**
   * May be changed at any time; holds for requests that come afterwards, and for blobs that are slow
   * by now.
   */
  mode: FaultMode;
  requests(): readonly FaultRequest[];
  forgetRequests(): void;
  /** Closes the port with all its connections: requests are refused until `accept()`. */
  refuse(): Promise<void>;
  accept(): void;
}

/**
 * Starts a scripted registry on a free port of `hostname` (the loopback address); `upstream` is
 * "127.0.0.1:PORT".
 */
export function startFaultRegistry(
  options: { readonly upstream: string; readonly mode?: FaultMode; readonly hostname?: string },
): FaultRegistry {
  const { hostname = "127.0.0.1" } = options;
  const requests: FaultRequest[] = [];
  let server = listen(0);
  const { port } = server.addr;
  const host = `${hostname}:${port}`;
  const registry: FaultRegistry = {
    host,
    url: `http://${host}`,
    mode: options.mode ?? { fault: "none" },
    requests: () => [...requests],
    forgetRequests: () => void requests.splice(0),
    refuse: () => server.close(),
    accept: () => void (server = listen(port)),
    [Symbol.asyncDispose]: () => server.close(),
  };
  return registry;

  function listen(port: number) {
    const closing = new AbortController();
    const server = Deno.serve(
      { hostname, port, signal: closing.signal, onListen: () => {} },
      (request) => handle(request, closing.signal),
    );
    const close = async () => {
      closing.abort();
      await server.finished;
    };
    return { addr: server.addr, close };
  }

  async function handle(request: Request, closing: AbortSignal): Promise<Response> {
    const { mode } = registry;
    const index = requests.push(seen(request)) - 1;
    const response = await answer(request, mode, () => registry.mode, options.upstream, closing);
    const entry = requests[index];
    // Forgotten meanwhile: the place may be another request's now.
    if (entry?.path === new URL(request.url).pathname) {
      requests[index] = { ...entry, status: response.status };
    }
    return response;
  }
}

function seen(request: Request): FaultRequest {
  const range = request.headers.get("range");
  return {
    method: request.method,
    path: new URL(request.url).pathname,
    ...(range !== null && { range }),
    at: Date.now(),
  };
}

async function answer(
  request: Request,
  mode: FaultMode,
  modeNow: () => FaultMode,
  upstream: string,
  closing: AbortSignal,
): Promise<Response> {
  if (applies(mode, request)) {
    if (mode.fault === "hang") return await never(closing);
    if (mode.fault === "status") return refusal(request, mode.status, mode.retryAfterSeconds);
  }
  const { pathname, search } = new URL(request.url);
  const response = await fetch(`http://${upstream}${pathname}${search}`, {
    method: request.method,
    headers: withoutHost(request.headers),
    redirect: "manual",
    signal: closing,
  });
  if (response.body === null || !isBlob(request) || !response.ok) return response;
  return new Response(faultyBody(response.body, mode, modeNow, closing), {
    status: response.status,
    headers: response.headers,
  });
}

function applies(mode: FaultMode, request: Request): boolean {
  if (!("only" in mode) || mode.only === undefined) return true;
  return new URL(request.url).pathname.includes(`/${mode.only}/`);
}

/** Answers nobody: by then the connection is closed. */
async function never(closing: AbortSignal): Promise<Response> {
  await untilAborted(closing);
  return new Response(null, { status: 503 });
}

/** As registries word it; a 401 asks for a login that nobody has. */
function refusal(request: Request, status: number, retryAfterSeconds?: number): Response {
  const [code, message] = ERRORS[status] ?? ["UNKNOWN", "something is wrong"];
  const headers = new Headers({ "docker-distribution-api-version": "registry/2.0" });
  if (retryAfterSeconds !== undefined) headers.set("retry-after", `${retryAfterSeconds}`);
  if (status === 401) headers.set("www-authenticate", 'Basic realm="test"');
  if (request.method === "HEAD") return new Response(null, { status, headers });
  return Response.json({ errors: [{ code, message }] }, { status, headers });
}

const ERRORS: Readonly<Record<number, readonly [code: string, message: string]>> = {
  401: ["UNAUTHORIZED", "authentication required"],
  403: ["DENIED", "requested access to the resource is denied"],
  404: ["MANIFEST_UNKNOWN", "manifest unknown"],
  429: ["TOOMANYREQUESTS", "rate limited"],
};

function isBlob(request: Request): boolean {
  return request.method === "GET" && /\/blobs\/sha256:/.test(request.url);
}

function withoutHost(headers: Headers): Headers {
  const passed = new Headers(headers);
  passed.delete("host");
  return passed;
}
