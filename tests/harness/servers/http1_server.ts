import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import type { HttpAnswer, HttpHandler, HttpRequest, HttpServer, TlsKeys } from "./http_answer.ts";

/**
 * Serves HTTP/1.1 on sockets of its own, as no library lets a server lie about lengths. One request
 * at a time per connection; bodies of requests are not known.
 */
export async function serveHttp1(
  handler: HttpHandler,
  options: { readonly port?: number; readonly tls?: TlsKeys | undefined } = {},
): Promise<HttpServer> {
  const { tls } = options;
  const open = new Map<Socket, Promise<void>>();
  const accept = (socket: Socket) => {
    const talking = converse(socket, tls === undefined ? "http" : "https", handler)
      .catch(() => {}) // the client may go at any time
      .finally(() => {
        socket.destroy();
        open.delete(socket);
      });
    open.set(socket, talking);
  };
  const server = tls === undefined ? createServer(accept) : createTlsServer({
    cert: tls.cert,
    key: tls.key,
    ALPNProtocols: ["http/1.1"],
    ...(tls.clientCa !== undefined &&
      { ca: [tls.clientCa], requestCert: true, rejectUnauthorized: true }),
  }, accept);
  const port = await listen(server, options.port ?? 0);
  return {
    port,
    async [Symbol.asyncDispose]() {
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      const talks = [...open.values()];
      for (const socket of open.keys()) socket.destroy();
      await Promise.all([closed.promise, ...talks]);
    },
  };
}

async function listen(server: Server, port: number): Promise<number> {
  const listening = Promise.withResolvers<void>();
  server.once("error", listening.reject);
  server.listen(port, "127.0.0.1", listening.resolve);
  await listening.promise;
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("Cannot listen on loopback");
  return address.port;
}

/** The first byte of a client that speaks TLS (RFC 8446 §5.1). */
const TLS_HANDSHAKE = 22;

async function converse(socket: Socket, scheme: string, handler: HttpHandler): Promise<void> {
  const gone = new AbortController();
  socket.on("error", () => gone.abort());
  socket.on("close", () => gone.abort());
  let text = "";
  let wake = Promise.withResolvers<void>();
  socket.on("data", (data: Uint8Array<ArrayBuffer>) => {
    // As servers do: containerd asks 127.0.0.1 by TLS first, and would wait for an answer for 10 s.
    if (scheme === "http" && text === "" && data[0] === TLS_HANDSHAKE) {
      return socket.end("HTTP/1.0 400 Bad Request\r\n\r\nthis is no HTTPS server\n");
    }
    text += new TextDecoder().decode(data);
    wake.resolve();
  });
  socket.on("end", () => gone.abort());
  gone.signal.addEventListener("abort", () => wake.resolve());
  while (!gone.signal.aborted) {
    const end = text.indexOf("\r\n\r\n");
    if (end < 0) {
      await wake.promise;
      wake = Promise.withResolvers<void>();
      continue;
    }
    const head = text.slice(0, end);
    text = text.slice(end + 4);
    const request = parseHead(head, scheme, socket.remotePort ?? 0, gone.signal);
    const answer = await handler(request);
    await send(socket, request, answer);
    if (!saysItsEnd(answer)) return; // its end is the connection's
  }
}

function parseHead(
  head: string,
  scheme: string,
  connection: number,
  signal: AbortSignal,
): HttpRequest {
  const [first = "", ...lines] = head.split("\r\n");
  const [method = "", target = ""] = first.split(" ");
  const headers = new Headers(lines.map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  }));
  const url = new URL(target, `${scheme}://${headers.get("host")}`);
  return { method, url, headers, connection, signal };
}

function saysItsEnd({ headers }: HttpAnswer): boolean {
  return headers["content-length"] !== undefined || isChunked(headers);
}

function isChunked(headers: HttpAnswer["headers"]): boolean {
  return headers["transfer-encoding"] === "chunked";
}

async function send(
  socket: Socket,
  { method, signal }: HttpRequest,
  { status, headers, body }: HttpAnswer,
): Promise<void> {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `HTTP/1.1 ${status} \r\n${lines.join("")}\r\n`; // a reason is no duty
  await write(socket, new TextEncoder().encode(head), signal);
  if (body === undefined || method === "HEAD") return;
  for await (const chunk of isChunked(headers) ? framed(body) : body) {
    signal.throwIfAborted();
    await write(socket, chunk, signal);
  }
}

/** RFC 9112 §7.1. */
async function* framed(chunks: NonNullable<HttpAnswer["body"]>) {
  const text = new TextEncoder();
  for await (const chunk of chunks) {
    yield text.encode(`${chunk.length.toString(16)}\r\n`);
    yield chunk;
    yield text.encode("\r\n");
  }
  yield text.encode("0\r\n\r\n");
}

async function write(socket: Socket, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
  const written = Promise.withResolvers<void>();
  const giveUp = () => written.reject(signal.reason);
  signal.addEventListener("abort", giveUp);
  socket.write(bytes, (error) => error ? written.reject(error) : written.resolve());
  try {
    await written.promise;
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}
