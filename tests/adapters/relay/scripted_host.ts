import type { Certificates } from "../../harness/servers/certificates.ts";

/** One request that a scripted host got. */
export interface SeenRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: Headers;
  /** Its body. */
  text(): Promise<string>;
}

/** A server on the loopback address that answers as a test says; disposing ends it. */
export interface ScriptedHost extends AsyncDisposable {
  /** "127.0.0.1:PORT". */
  readonly address: string;
  readonly url: string;
  readonly seen: readonly SeenRequest[];
  /** "GET /v2/…" of each request. */
  asked(): string[];
}

/** What a test answers; `undefined`: 404. */
export type Script = (
  request: SeenRequest,
  /** Of the same target before this one. */
  before: number,
) => Response | Promise<Response> | undefined;

/** Starts one; over TLS where it is given certificates. */
export async function startScriptedHost(
  script: Script,
  options: { readonly tls?: Certificates; readonly hostname?: string; readonly port?: number } = {},
): Promise<ScriptedHost> {
  const { tls, hostname = "127.0.0.1", port = 0 } = options;
  const seen: SeenRequest[] = [];
  const closing = new AbortController();
  const server = Deno.serve({
    hostname,
    port,
    signal: closing.signal,
    onListen: () => {},
    ...(tls && {
      cert: await Deno.readTextFile(tls.certFile),
      key: await Deno.readTextFile(tls.keyFile),
    }),
  }, async (incoming) => {
    const { method, url, headers } = incoming;
    const { pathname, search } = new URL(url);
    const text = () => incoming.text();
    const request = { method, target: pathname + search, headers, text };
    const before = seen.filter(({ target }) => target === request.target).length;
    seen.push(request);
    return await script(request, before) ?? new Response(null, { status: 404 });
  });
  const address = `${hostname}:${server.addr.port}`;
  return {
    address,
    url: `${tls ? "https" : "http"}://${address}`,
    seen,
    asked: () => seen.map(({ method, target }) => `${method} ${target}`),
    async [Symbol.asyncDispose]() {
      closing.abort();
      await server.finished;
    },
  };
}

/** A blob or a part of it, as registries send it. */
export function sendBytes(bytes: Uint8Array<ArrayBuffer>, { headers }: SeenRequest): Response {
  const [, from, last] = /^bytes=(\d+)-(\d+)$/.exec(headers.get("range") ?? "") ?? [];
  if (from === undefined || last === undefined) return new Response(bytes);
  const end = Math.min(Number(last) + 1, bytes.length);
  return new Response(bytes.slice(Number(from), end), {
    status: 206,
    headers: { "content-range": `bytes ${from}-${end - 1}/${bytes.length}` },
  });
}

/** Random bytes, and their digest. */
export async function someBlob(
  length: number,
): Promise<{ readonly bytes: Uint8Array<ArrayBuffer>; readonly digest: string }> {
  const bytes = crypto.getRandomValues(new Uint8Array(length));
  return { bytes, digest: await sha256(bytes) };
}

/** Such as `sha256:…`. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return `sha256:${new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex()}`;
}
