/** Ports from here to 29 999 are below those that Linux gives to whoever asks for any (32 768 and up). */
const FIRST = 20_000;

/** Processes whose ids differ by less than 200 have 50 ports each to themselves. */
const [BLOCKS, BLOCK_SIZE] = [200, 50];

let taken = 0;

/**
 * A TCP port of the loopback address that nobody listens on. Nobody gets it by chance meanwhile: not
 * by asking the kernel for any port, nor by this function, in this process or beside it.
 */
export function freePort(): number {
  const block = FIRST + (Deno.pid % BLOCKS) * BLOCK_SIZE;
  for (let tries = 0; tries < BLOCK_SIZE; tries++) {
    const port = block + taken++ % BLOCK_SIZE;
    try {
      using _listener = Deno.listen({ hostname: "127.0.0.1", port });
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
  throw new Error(`All ports from ${block} to ${block + BLOCK_SIZE - 1} are taken`);
}
