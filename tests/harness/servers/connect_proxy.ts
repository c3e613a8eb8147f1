/** An HTTP proxy that knows CONNECT alone; disposing ends it and all connections through it. */
export interface ConnectProxy extends AsyncDisposable {
  /** "http://ADDRESS:PORT". */
  readonly url: string;
  /** "host:port" of each connection that was asked for. */
  asked(): readonly string[];
}

const MAX_HEAD_BYTES = 8192;

/**
 * Starts a proxy that leads to `target` ("127.0.0.1:PORT") whatever it is asked for, and listens on
 * the loopback address unless told otherwise.
 */
export function startConnectProxy(target: string, address = "127.0.0.1"): ConnectProxy {
  const listener = Deno.listen({ hostname: address, port: 0 });
  const asked: string[] = [];
  const open = new Set<Deno.TcpConn>();
  const [hostname = "", port] = target.split(":");
  const relay = async (client: Deno.TcpConn) => {
    open.add(client);
    const wanted = /^CONNECT (\S+) /.exec(await readHead(client))?.[1];
    if (wanted === undefined) {
      await client.write(new TextEncoder().encode("HTTP/1.1 405 Method Not Allowed\r\n\r\n"));
      return client.close();
    }
    asked.push(wanted);
    const server = await Deno.connect({ hostname, port: Number(port) });
    open.add(server);
    await client.write(new TextEncoder().encode("HTTP/1.1 200 OK\r\n\r\n"));
    await Promise.all([
      client.readable.pipeTo(server.writable),
      server.readable.pipeTo(client.writable),
    ]);
  };
  const relays = new Set<Promise<void>>();
  const accepting = (async () => {
    for await (const client of listener) {
      // Either side may go at any time.
      const ended = relay(client).catch(() => {}).finally(() => relays.delete(ended));
      relays.add(ended);
    }
  })();
  return {
    url: `http://${address}:${listener.addr.port}`,
    asked: () => [...asked],
    async [Symbol.asyncDispose]() {
      listener.close();
      await accepting;
      for (const connection of open) closeIfOpen(connection);
      await Promise.all(relays);
    },
  };
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
