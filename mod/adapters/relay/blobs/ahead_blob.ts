import { WakeSignal } from "../../../async/wake_signal.ts";

type Chunk = Uint8Array<ArrayBuffer>;

/** A small blob in memory, or on its way there; several readers may take it, each as a whole. */
export class AheadBlob {
  /** Resolves when nothing more will come; never rejects. */
  readonly ended: Promise<void>;
  readonly #chunks: Chunk[] = [];
  readonly #waiting = new Set<WakeSignal>();
  #end: { readonly error?: unknown } | undefined;
  #isGivenUp = false;

  /** Begins to read; whoever made `chunks` can abort it. */
  constructor(chunks: AsyncIterable<Chunk>) {
    this.ended = this.#read(chunks);
  }

  /** Whether all of it is there. */
  get isComplete(): boolean {
    return this.#end !== undefined && !("error" in this.#end);
  }

  /** Whether reading has failed: somebody else has to fetch it. */
  get isBroken(): boolean {
    return this.#end !== undefined && "error" in this.#end;
  }

  /**
   * Copies of its bytes from `from` to before `end`, as they come. Throws what reading threw, or the
   * signal's reason.
   */
  async *read(
    { from, end }: { readonly from: number; readonly end: number },
    signal: AbortSignal,
  ): AsyncGenerator<Chunk> {
    const wake = new WakeSignal();
    this.#waiting.add(wake);
    try {
      for (let index = 0, at = 0; at < end;) {
        signal.throwIfAborted();
        const chunk = this.#chunks[index];
        if (chunk !== undefined) {
          const part = chunk.slice(Math.max(from - at, 0), end - at);
          at += chunk.length;
          index++;
          if (part.length > 0) yield part;
        } else if (this.#end === undefined) await wake.wait({ signal });
        else throw "error" in this.#end ? this.#end.error : new Error("It is too short");
      }
    } finally {
      this.#waiting.delete(wake);
      this.#free();
    }
  }

  /** Gives its memory back, as soon as nobody reads any more. */
  giveUp(): void {
    this.#isGivenUp = true;
    this.#free();
  }

  /** Left to the garbage collector, 200 MB of small images were still there a minute later (measured). */
  #free(): void {
    if (!this.#isGivenUp || this.#waiting.size > 0) return;
    for (const chunk of this.#chunks.splice(0)) chunk.buffer.transfer(0);
  }

  async #read(chunks: AsyncIterable<Chunk>): Promise<void> {
    let end = {};
    try {
      for await (const chunk of chunks) {
        this.#chunks.push(chunk);
        this.#tell();
      }
    } catch (error) {
      end = { error };
    }
    this.#end = end;
    this.#tell();
    this.#free();
  }

  #tell(): void {
    for (const wake of this.#waiting) wake.ring();
  }
}
