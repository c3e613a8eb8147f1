/** A request as a raw connection brought it, and ways to answer it well or badly. */
export interface RawExchange {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly text: string;
  /** Answers properly. */
  answer(status: number, body: string, headers?: Record<string, string>): Promise<void>;
  /** Begins a chunked answer. */
  begin(headers?: Record<string, string>): Promise<RawBody>;
}

/** A chunked answer in hand. */
export interface RawBody {
  write(text: string): Promise<void>;
  /** Ends it properly. */
  end(): Promise<void>;
  /** Closes the connection in the middle. */
  cut(): void;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * A small HTTP/1.1 server on raw connections, so that it can break off wherever it likes. One
 * request for each connection.
 */
export class RawHttpServer implements AsyncDisposable {
  readonly port: number;
  readonly #listener: Deno.TcpListener;
  readonly #connections = new Set<Deno.TcpConn>();
  readonly #running = new Set<Promise<void>>();
  readonly #handle: (exchange: RawExchange) => Promise<void>;

  constructor(port: number, handle: (exchange: RawExchange) => Promise<void>) {
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port });
    this.port = this.#listener.addr.port;
    this.#handle = handle;
    this.#run(this.#accept());
  }

  /** Closes every connection and listens no more. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.#connections) close(connection);
    await Promise.all(this.#running);
  }

  #run(task: Promise<void>): void {
    const settled = task.finally(() => this.#running.delete(settled));
    this.#running.add(settled);
  }

  async #accept(): Promise<void> {
    for await (const connection of this.#listener) {
      this.#connections.add(connection);
      this.#run(this.#serve(connection));
    }
  }

  async #serve(connection: Deno.TcpConn): Promise<void> {
    try {
      const request = await readRequest(connection);
      if (request === undefined) return;
      const finished = Promise.withResolvers<void>();
      await this.#handle(exchangeOf(connection, request, finished.resolve));
      await Promise.race([finished.promise, closed(connection)]);
    } catch {
      // closed by either side: that is what this server is for
    } finally {
      this.#connections.delete(connection);
      close(connection);
    }
  }
}

interface ReadRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: Headers;
  readonly text: string;
}

async function readRequest(connection: Deno.TcpConn): Promise<ReadRequest | undefined> {
  let received = "";
  const until = async (enough: () => boolean) => {
    const buffer = new Uint8Array(65_536);
    while (!enough()) {
      const count = await connection.read(buffer);
      if (count === null) return false;
      received += decoder.decode(buffer.subarray(0, count));
    }
    return true;
  };
  if (!await until(() => received.includes("\r\n\r\n"))) return undefined;
  const headEnd = received.indexOf("\r\n\r\n");
  const [first = "", ...lines] = received.slice(0, headEnd).split("\r\n");
  const headers = new Headers(lines.map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  }));
  const bodyEnd = headEnd + 4 + Number(headers.get("content-length") ?? 0);
  if (!await until(() => received.length >= bodyEnd)) return undefined;
  const [method = "", target = ""] = first.split(" ");
  return { method, target, headers, text: received.slice(headEnd + 4) };
}

function exchangeOf(
  connection: Deno.TcpConn,
  { method, target, headers, text }: ReadRequest,
  finished: () => void,
): RawExchange {
  const send = (text: string) => writeAll(connection, encoder.encode(text));
  return {
    method,
    url: new URL(target, "http://fake"),
    headers,
    text,
    async answer(status, body, extra = {}) {
      const all = { "content-length": `${encoder.encode(body).length}`, ...extra };
      await send(head(status, all) + body);
      finished();
    },
    async begin(extra = {}) {
      await send(head(200, { "transfer-encoding": "chunked", ...extra }));
      return {
        async write(text) {
          const { length } = encoder.encode(text);
          if (length > 0) await send(`${length.toString(16)}\r\n${text}\r\n`);
        },
        async end() {
          await send("0\r\n\r\n");
          finished();
        },
        cut: () => close(connection),
      };
    },
  };
}

function head(status: number, headers: Record<string, string>): string {
  const all = { "content-type": "application/json", "connection": "close", ...headers };
  const lines = Object.entries(all);
  return `HTTP/1.1 ${status} Fake\r\n${lines.map((line) => line.join(": ")).join("\r\n")}\r\n\r\n`;
}

async function writeAll(connection: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}

/** A client that waits for an answer sends nothing more: whatever comes is its end. */
async function closed(connection: Deno.TcpConn): Promise<void> {
  await connection.read(new Uint8Array(1)).catch(() => null);
}

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // closed before
  }
}
