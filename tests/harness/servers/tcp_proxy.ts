/** A relay in front of a server on the loopback address; disposing ends it. */
export interface TcpProxy extends AsyncDisposable {
  readonly port: number;
  /** Drops every connection, and each new one at once, until `restore()`. */
  cut(): void;
  restore(): void;
  /** Keeps what either side sends until `release()`, with the connections open. */
  hold(): void;
  release(): void;
}

/** Starts a relay to `port` of 127.0.0.1, on another address of the loopback network if told so. */
export function startTcpProxy(port: number, hostname = "127.0.0.1"): TcpProxy {
  const listener = Deno.listen({ hostname, port: 0 });
  const open = new Set<Deno.TcpConn>();
  let cut = false;
  let gate = Promise.withResolvers<void>();
  gate.resolve();
  const drop = (connection: Deno.TcpConn) => {
    if (open.delete(connection)) connection.close();
  };
  const relay = async (client: Deno.TcpConn) => {
    open.add(client);
    const server = await Deno.connect({ hostname: "127.0.0.1", port }).catch(() => undefined);
    if (server === undefined || cut || !open.has(client)) {
      server?.close();
      return drop(client);
    }
    open.add(server);
    const pipe = (from: Deno.TcpConn, to: Deno.TcpConn) =>
      from.readable.pipeThrough(gated(() => gate.promise)).pipeTo(to.writable).catch(() => {
        // dropped
      }).finally(() => {
        open.delete(from);
        open.delete(to);
      });
    await Promise.all([pipe(client, server), pipe(server, client)]);
  };
  const relays = new Set<Promise<void>>();
  const accepting = (async () => {
    for await (const client of listener) {
      const ended = relay(client).finally(() => relays.delete(ended));
      relays.add(ended);
    }
  })();
  const dropAll = () => [...open].forEach(drop);
  return {
    port: listener.addr.port,
    cut: () => {
      cut = true;
      dropAll();
    },
    restore: () => {
      cut = false;
    },
    hold: () => {
      gate = Promise.withResolvers();
    },
    release: () => gate.resolve(),
    async [Symbol.asyncDispose]() {
      listener.close();
      gate.resolve();
      await accepting;
      dropAll();
      await Promise.all(relays);
    },
  };
}

function gated(opened: () => Promise<void>): TransformStream<Uint8Array, Uint8Array> {
  return new TransformStream({
    async transform(chunk, controller) {
      await opened();
      controller.enqueue(chunk);
    },
  });
}
