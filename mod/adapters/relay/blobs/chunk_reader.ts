type Chunk = Uint8Array<ArrayBuffer>;

/** Reads a body chunk by chunk; whoever gets a chunk owns its memory. */
export interface ChunkReader {
  /** Undefined at the end, and once the body has been cancelled. */
  read(): Promise<Chunk | undefined>;
  cancel(): void;
}

/**
 * Reads into blocks of `blockBytes`: fetch's own of 64 KB cost half as much processor again (measured
 * on loopback: 1.5 instead of 1.0 CPU-s per GB relayed).
 */
export function readChunks(body: ReadableStream<Chunk>, blockBytes: number): ChunkReader {
  const reader = byobReader(body);
  if (reader === undefined) return usualChunks(body);
  let block = new ArrayBuffer(blockBytes);
  return {
    read: async () => {
      const { value } = await reader.read(new Uint8Array(block));
      if (value === undefined || value.length === 0) return undefined;
      if (value.length * 2 > blockBytes) {
        block = new ArrayBuffer(blockBytes);
        return value;
      }
      // Little came, and may have to wait long for its turn: the block is not for that.
      block = value.buffer;
      return value.slice();
    },
    cancel: () => void reader.cancel().catch(() => {}),
  };
}

/** Undefined where it is not a stream of bytes, but one that somebody made of chunks. */
function byobReader(body: ReadableStream<Chunk>): ReadableStreamBYOBReader | undefined {
  try {
    return body.getReader({ mode: "byob" });
  } catch (error) {
    if (!(error instanceof TypeError) || body.locked) throw error;
    return undefined;
  }
}

function usualChunks(body: ReadableStream<Chunk>): ChunkReader {
  const reader = body.getReader();
  return {
    read: async () => (await reader.read()).value,
    cancel: () => void reader.cancel().catch(() => {}),
  };
}
