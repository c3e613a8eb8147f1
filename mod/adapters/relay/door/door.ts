import { delay } from "../../../async/delay.ts";

/** A port of 127.0.0.1 with the connections that came in; disposing closes all and waits for their ends. */
export interface Door extends AsyncDisposable {
  readonly port: number;
}

/** One connection that came in. */
export interface Visit {
  readonly connection: Deno.TcpConn;
  /** From now on it counts no more among those that are not known. */
  known(): void;
  /** May be called more than once. */
  close(): void;
}

/** When there is no room for one more open file, until some may have been closed. */
const NO_ROOM_MS = 100;

/**
 * Takes connections in on a free port. Of those that are not yet known at most `mostStrangers` are
 * kept; the oldest leaves for a new one, so that whoever holds many keeps nobody out. `talk` ends
 * each; what it throws is dropped. (`Deno.serve` takes in as many as come, and they stay: 10,000 with
 * half a head cost 160 MB, where these cost 20.)
 */
export function openDoor(
  talk: (visit: Visit) => Promise<void>,
  { mostStrangers }: { readonly mostStrangers: number },
): Door {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const visits = new Map<Visit, Promise<void>>();
  /** The oldest first. */
  const strangers = new Set<Visit>();
  let isClosing = false;

  const take = (connection: Deno.TcpConn): void => {
    const visit = {
      connection,
      known: () => void strangers.delete(visit),
      close: () => closeQuietly(connection),
    };
    strangers.add(visit);
    const [oldest] = strangers;
    if (strangers.size > mostStrangers) {
      strangers.delete(oldest ?? visit);
      oldest?.close();
    }
    const ended = (async () => {
      connection.setNoDelay(); // or a body waits until its head has been acknowledged
      await talk(visit);
    })().catch(() => {}).finally(() => {
      strangers.delete(visit);
      visits.delete(visit);
      visit.close();
    });
    visits.set(visit, ended);
  };

  const accepting = (async () => {
    while (!isClosing) {
      try {
        take(await listener.accept());
      } catch (error) {
        const hasLeft = LEFT.some((left) => error instanceof left);
        if (!hasLeft && !isClosing) await delay(NO_ROOM_MS);
      }
    }
  })();

  return {
    port: listener.addr.port,
    async [Symbol.asyncDispose]() {
      isClosing = true;
      listener.close();
      await accepting;
      for (const visit of visits.keys()) visit.close();
      await Promise.all(visits.values());
    },
  };
}

/** What taking in a connection says whose client has gone already. */
const LEFT = [
  Deno.errors.NotConnected,
  Deno.errors.ConnectionReset,
  Deno.errors.ConnectionAborted,
];

function closeQuietly(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // It is closed already.
  }
}
