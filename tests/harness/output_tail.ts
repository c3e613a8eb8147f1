/** The end of what a child wrote, collected while it runs so that it never blocks on a full pipe. */
export interface OutputTail {
  /** What was kept, in order of arrival. */
  text(): string;
  /** Waits a moment for the streams to end, then lets go of them: a grandchild may hold them open. */
  close(): Promise<void>;
}

/** Reads all streams to their ends, keeps the last 256 KiB of text and hands on each whole line. */
export function collectOutput(
  streams: ReadableStream<Uint8Array>[],
  onLine?: (line: string) => void,
): OutputTail {
  let kept = "";
  const readers = streams.map((stream) => stream.getReader());
  const done = Promise.all(readers.map(async (reader) => {
    const splitter = onLine && lineSplitter(onLine);
    await readAll(reader, (text) => {
      kept += text;
      if (kept.length > 2 * KEPT_LENGTH) kept = kept.slice(-KEPT_LENGTH);
      splitter?.(text);
    });
  }));
  return {
    text: () => kept.slice(-KEPT_LENGTH),
    close: async () => {
      const letGo = setTimeout(() => {
        for (const reader of readers) reader.cancel().catch(() => {});
      }, 500);
      await done;
      clearTimeout(letGo);
    },
  };
}

const KEPT_LENGTH = 256 * 1024;

async function readAll(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  keep: (text: string) => void,
): Promise<void> {
  const decoder = new TextDecoder();
  while (true) {
    const { done, value } = await reader.read();
    if (done) return;
    keep(decoder.decode(value, { stream: true }));
  }
}

function lineSplitter(onLine: (line: string) => void): (text: string) => void {
  let rest = "";
  return (text) => {
    const lines = (rest + text).split("\n");
    rest = (lines.pop() ?? "").slice(-KEPT_LENGTH);
    for (const line of lines) onLine(line);
  };
}
