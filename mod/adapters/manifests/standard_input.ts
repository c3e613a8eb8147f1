import { chunksOf } from "../../async/chunks_of.ts";
import { concatBytes } from "../../pure/concat_bytes.ts";

/** Reads a stream to its end; throws when it is longer than `maxBytes` or when `signal` aborts. */
export async function readAll(
  stream: ReadableStream<Uint8Array>,
  options: { readonly signal: AbortSignal; readonly maxBytes: number },
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunksOf(stream, options.signal)) {
    bytes += chunk.length;
    if (bytes > options.maxBytes) throw new Error(`it is longer than ${options.maxBytes} bytes`);
    chunks.push(chunk);
  }
  return concatBytes(chunks);
}
