/** A connection to a relay over which a test sends what it likes. */
export interface RawClient extends Disposable {
  send(text: string): Promise<void>;
  /** All that comes until `enough` holds for it, or the other side closes. */
  receive(enough?: (text: string) => boolean): Promise<string>;
  /** Whether the other side has closed it. */
  readonly isClosed: boolean;
}

/** Connects, and reads from then on. */
export async function connectRaw(port: number): Promise<RawClient> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  let text = "";
  let isClosed = false;
  let wake = Promise.withResolvers<void>();
  const reading = (async () => {
    const buffer = new Uint8Array(65_536);
    try {
      for (let count; (count = await connection.read(buffer)) !== null;) {
        text += new TextDecoder("latin1").decode(buffer.subarray(0, count));
        wake.resolve();
      }
    } catch {
      // A reset is an end, too.
    }
    isClosed = true;
    wake.resolve();
  })();
  return {
    get isClosed() {
      return isClosed;
    },
    // It may be closed while this is on its way.
    send: async (text) =>
      void await connection.write(new TextEncoder().encode(text)).catch(() => {}),
    async receive(enough = () => false) {
      while (!isClosed && !enough(text)) {
        await wake.promise;
        if (!isClosed) wake = Promise.withResolvers();
      }
      return text;
    },
    [Symbol.dispose]() {
      try {
        connection.close();
      } catch {
        // It is closed.
      }
      reading.catch(() => {});
    },
  };
}

/** A request without a body. */
export function requestFor(path: string, { method = "GET", version = "1.1", headers = "" } = {}) {
  return `${method} ${path} HTTP/${version}\r\nHost: relay\r\n${headers}\r\n`;
}
