/** Ports from here to 29 999 are below those that Linux gives to whoever asks for any (32 768 and up). */
const FIRST = 20_000;
const COUNT = 10_000;

/** Holds the next port; all tests of this user share it, also those of other checkouts. */
const COUNTER = `/tmp/warm-images-next-port-${Deno.uid()}`;

/**
 * A TCP port of the loopback address that nobody listens on. Nobody gets it by chance meanwhile: not
 * by asking the kernel for any port, and by this function only after all others, in any process.
 */
export function freePort(): number {
  for (let tries = 0; tries < COUNT; tries++) {
    const port = nextPort();
    try {
      using _listener = Deno.listen({ hostname: "127.0.0.1", port });
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
  throw new Error(`All ports from ${FIRST} to ${FIRST + COUNT - 1} are taken`);
}

function nextPort(): number {
  using counter = Deno.openSync(COUNTER, { create: true, read: true, write: true });
  counter.lockSync(true); // until it is closed
  const text = new Uint8Array(5);
  const read = counter.readSync(text) ?? 0;
  const last = Number(new TextDecoder().decode(text.subarray(0, read))) || FIRST - 1;
  const port = FIRST + (last + 1 - FIRST) % COUNT;
  counter.seekSync(0, Deno.SeekMode.Start);
  counter.writeSync(new TextEncoder().encode(String(port)));
  return port;
}
