/** Reads a stream to its end; throws when it is longer than `maxBytes` or when `signal` aborts. */
export async function readAll(
  stream: ReadableStream<Uint8Array>,
  options: { readonly signal: AbortSignal; readonly maxBytes: number },
): Promise<Uint8Array> {
  const { signal, maxBytes } = options;
  signal.throwIfAborted();
  const reader = stream.getReader();
  const stop = () => void reader.cancel(signal.reason).catch(() => {});
  signal.addEventListener("abort", stop);
  try {
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      bytes += part.value.length;
      if (bytes > maxBytes) throw new Error(`it is longer than ${maxBytes} bytes`);
      chunks.push(part.value);
    }
    signal.throwIfAborted();
    return joined(chunks, bytes);
  } finally {
    signal.removeEventListener("abort", stop);
    reader.releaseLock();
  }
}

function joined(chunks: readonly Uint8Array[], bytes: number): Uint8Array {
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
