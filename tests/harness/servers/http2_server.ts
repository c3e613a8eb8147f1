import type { HttpAnswer, HttpHandler, HttpServer, TlsKeys } from "./http_answer.ts";

/** Serves HTTP/2 over TLS, and HTTP/1.1 to those who do not offer HTTP/2. */
export function serveHttp2(
  handler: HttpHandler,
  options: { readonly port?: number; readonly tls: TlsKeys },
): HttpServer {
  const closing = new AbortController();
  const { cert, key } = options.tls;
  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: options.port ?? 0,
    cert,
    key,
    signal: closing.signal,
    onListen: () => {},
    // The client of a request that was never answered is gone by now.
    onError: () => new Response(null, { status: 503 }),
  }, async (request, { remoteAddr }) => {
    const answer = await handler({
      method: request.method,
      url: new URL(request.url),
      headers: request.headers,
      connection: remoteAddr.port,
      signal: closing.signal, // that of the request aborts when all went well, too
    });
    return responseOf(answer, request.method);
  });
  return {
    port: server.addr.port,
    async [Symbol.asyncDispose]() {
      closing.abort();
      await server.finished;
    },
  };
}

function responseOf({ status, headers, body }: HttpAnswer, method: string): Response {
  const stream = body === undefined || method === "HEAD" ? null : ReadableStream.from(body);
  return new Response(stream, { status, headers });
}
