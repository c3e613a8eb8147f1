/** Those of containerd have less than 1 KB. */
const MOST_BYTES = 4096;

/** Reads heads of HTTP/1 requests from a connection. Throws where that breaks or is closed. */
export class HeadReader {
  readonly #connection: Pick<Deno.Conn, "read">;
  readonly #bytes = new Uint8Array(MOST_BYTES);
  #length = 0;
  #reading: Promise<boolean> | undefined;

  constructor(connection: Pick<Deno.Conn, "read">) {
    this.#connection = connection;
  }

  /** The next one without the empty line at its end; undefined: the client has gone, or it is too long. */
  async next(): Promise<string | undefined> {
    for (;;) {
      const text = LATIN1.decode(this.#bytes.subarray(0, this.#length));
      const end = text.indexOf(HEAD_END);
      if (end >= 0) {
        const begun = end + HEAD_END.length;
        this.#bytes.copyWithin(0, begun, this.#length);
        this.#length -= begun;
        return text.slice(0, end);
      }
      if (!await this.#more()) return undefined;
    }
  }

  /**
   * Resolves to whether the client has gone, at the latest when `next()` does. A client that does not
   * wait for its answer before it asks more is not watched.
   */
  async hasGone(): Promise<boolean> {
    if (this.#length > 0) return false;
    return !await this.#more().catch(() => false);
  }

  #more(): Promise<boolean> {
    this.#reading ??= this.#read().finally(() => this.#reading = undefined);
    return this.#reading;
  }

  async #read(): Promise<boolean> {
    if (this.#length === MOST_BYTES) return false;
    const count = await this.#connection.read(this.#bytes.subarray(this.#length));
    this.#length += count ?? 0;
    return count !== null;
  }
}

/** One character for each byte. */
const LATIN1 = new TextDecoder("latin1");
const HEAD_END = "\r\n\r\n";
