/** What a proxy does wrong with one connection that it is asked for. */
export type ProxyFault =
  /** Does not let it pass. */
  | { readonly fault: "status"; readonly status: number }
  /** Never answers. */
  | { readonly fault: "hang" }
  /** Lets it pass, and drops it after so many bytes from the far side. */
  | { readonly fault: "cut"; readonly afterBytes: number };

/**
 * An HTTP proxy that knows CONNECT, and requests in the clear; disposing ends it and all connections
 * through it.
 */
export interface ConnectProxy extends AsyncDisposable {
  /** "http://ADDRESS:PORT". */
  readonly url: string;
  /** "host:port" of each connection that was asked for, or "http://host/…" of one in the clear. */
  asked(): readonly string[];
  /** Says what goes wrong with a connection to `wanted`; undefined: nothing. May be changed at any time. */
  script: (wanted: string, nth: number) => ProxyFault | undefined;
}

const MAX_HEAD_BYTES = 8192;

/**
 * Starts a proxy that leads to `target` ("127.0.0.1:PORT", or what that is for each "host:port"),
 * and listens on the loopback address unless told otherwise.
 */
export function startConnectProxy(
  target: string | ((wanted: string) => string),
  address = "127.0.0.1",
): ConnectProxy {
  const listener = Deno.listen({ hostname: address, port: 0 });
  const asked: string[] = [];
  const open = new Set<Deno.TcpConn>();
  const relay = async (client: Deno.TcpConn) => {
    open.add(client);
    const head = await readHead(client);
    const [, method, wanted] = /^(\S+) (\S+) /.exec(head) ?? [];
    if (wanted === undefined || (method !== "CONNECT" && !wanted.startsWith("http://"))) {
      return await refuse(client, 405);
    }
    const fault = proxy.script(wanted, asked.length);
    asked.push(wanted);
    if (fault?.fault === "status") return await refuse(client, fault.status);
    if (fault?.fault === "hang") return;
    const [hostname = "", port] = (typeof target === "string" ? target : target(wanted)).split(":");
    const server = await Deno.connect({ hostname, port: Number(port) });
    open.add(server);
    // A server takes a request for the whole of an address, too (RFC 9112 §3.2.2).
    if (method === "CONNECT") await write(client, "HTTP/1.1 200 OK\r\n\r\n");
    else await write(server, head);
    const answers = fault?.fault === "cut"
      ? server.readable.pipeThrough(cutAfter(fault.afterBytes))
      : server.readable;
    try {
      await Promise.all([
        client.readable.pipeTo(server.writable),
        answers.pipeTo(client.writable),
      ]);
    } finally {
      closeIfOpen(client);
      closeIfOpen(server);
    }
  };
  const relays = new Set<Promise<void>>();
  const accepting = (async () => {
    for await (const client of listener) {
      // Either side may go at any time.
      const ended = relay(client).catch(() => {}).finally(() => relays.delete(ended));
      relays.add(ended);
    }
  })();
  const proxy: ConnectProxy = {
    url: `http://${address}:${listener.addr.port}`,
    asked: () => [...asked],
    script: () => undefined,
    async [Symbol.asyncDispose]() {
      listener.close();
      await accepting;
      for (const connection of open) closeIfOpen(connection);
      await Promise.all(relays);
    },
  };
  return proxy;
}

async function refuse(client: Deno.TcpConn, status: number): Promise<void> {
  await write(client, `HTTP/1.1 ${status} \r\ncontent-length: 0\r\n\r\n`);
  client.close();
}

async function write(connection: Deno.TcpConn, text: string): Promise<void> {
  await connection.write(new TextEncoder().encode(text));
}

function cutAfter(bytes: number): TransformStream<Uint8Array, Uint8Array> {
  let left = bytes;
  return new TransformStream({
    transform(chunk, controller) {
      left -= chunk.length;
      if (left < 0) controller.error(new Error("cut"));
      else controller.enqueue(chunk);
    },
  });
}

/** Reads up to the blank line; who asks a proxy sends nothing more until it answers. */
async function readHead(client: Deno.TcpConn): Promise<string> {
  let text = "";
  const buffer = new Uint8Array(1024);
  while (!text.includes("\r\n\r\n") && text.length < MAX_HEAD_BYTES) {
    const length = await client.read(buffer);
    if (length === null) break;
    text += new TextDecoder().decode(buffer.subarray(0, length));
  }
  return text;
}

function closeIfOpen(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}
