import { once } from "node:events";
import { createSecureServer, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
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

/** Serves HTTP/2 over TLS alone: whoever does not offer it is refused in the handshake. */
export async function serveHttp2Alone(
  handler: HttpHandler,
  options: { readonly port?: number; readonly tls: TlsKeys },
): Promise<HttpServer> {
  const { cert, key } = options.tls;
  const sessions = new Set<ServerHttp2Session>();
  const server = createSecureServer({ cert, key, allowHTTP1: false });
  server.on("session", (session) => {
    sessions.add(session);
    session.on("error", () => {}); // the client may go at any time
    session.on("close", () => sessions.delete(session));
  });
  server.on("stream", (stream, headers) => {
    const gone = new AbortController();
    stream.on("error", () => gone.abort());
    stream.on("close", () => gone.abort());
    const url = new URL(`https://${headers[":authority"]}${headers[":path"]}`);
    const fields = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
      name.startsWith(":") ? [] : [[name, String(value)]]
    );
    handler({
      method: headers[":method"] ?? "",
      url,
      headers: new Headers(fields),
      connection: stream.session?.socket.remotePort ?? 0,
      signal: gone.signal,
    }).then((answer) => sendTo(stream, answer)).catch(() => stream.destroy());
  });
  const listening = once(server, "listening");
  server.listen(options.port ?? 0, "127.0.0.1");
  await listening;
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("Cannot listen on loopback");
  return {
    port: address.port,
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      for (const session of sessions) session.destroy();
      await closed;
    },
  };
}

async function sendTo(
  stream: ServerHttp2Stream,
  { status, headers, body }: HttpAnswer,
): Promise<void> {
  stream.respond({ ":status": status, ...headers });
  for await (const chunk of body ?? []) {
    if (!stream.write(chunk)) await once(stream, "drain");
  }
  stream.end();
}

function responseOf({ status, headers, body }: HttpAnswer, method: string): Response {
  const stream = body === undefined || method === "HEAD" ? null : ReadableStream.from(body);
  return new Response(stream, { status, headers });
}
