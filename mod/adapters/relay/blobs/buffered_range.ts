import { WakeSignal } from "../../../async/wake_signal.ts";

/** Bytes that are read ahead of whoever takes them. */
export class BufferedRange {
  readonly #chunks: Uint8Array<ArrayBuffer>[] = [];
  readonly #wake = new WakeSignal();
  #end: { readonly error?: unknown } | undefined;

  /** Begins to read; whoever made `chunks` can abort it. `atEnd` is called before the end is seen. */
  constructor(chunks: AsyncIterable<Uint8Array<ArrayBuffer>>, atEnd: () => void = () => {}) {
    this.ended = this.#read(chunks, atEnd);
  }

  /** Resolves when nothing more will be read; never rejects. */
  readonly ended: Promise<void>;

  /** The next bytes, as soon as there are any; undefined at the end. Throws what reading threw. */
  async next(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    while (this.#chunks.length === 0 && this.#end === undefined) await this.#wake.wait();
    const chunk = this.#chunks.shift();
    if (chunk === undefined && this.#end?.error !== undefined) throw this.#end.error;
    return chunk;
  }

  /** Gives back the memory of what nobody will take; resolves when nothing more will be read. */
  async drop(): Promise<void> {
    await this.ended;
    for (const chunk of this.#chunks.splice(0)) chunk.buffer.transfer(0);
  }

  async #read(
    chunks: AsyncIterable<Uint8Array<ArrayBuffer>>,
    atEnd: () => void,
  ): Promise<void> {
    let end = {};
    try {
      for await (const chunk of chunks) {
        this.#chunks.push(chunk);
        this.#wake.ring();
      }
    } catch (error) {
      end = { error };
    }
    atEnd();
    this.#end = end;
    this.#wake.ring();
  }
}
