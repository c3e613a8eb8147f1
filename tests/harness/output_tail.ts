/** The end of what a child wrote, collected while it runs so that it never blocks on a full pipe. */
export interface OutputTail {
  /** What was kept, in order of arrival. */
  text(): string;
  /** Waits for the streams to end; lets go of them once they are silent: a grandchild may hold them. */
  close(): Promise<void>;
}

/** Reads all streams to their ends, keeps the last 256 KiB of text and hands on each whole line. */
export function collectOutput(
  streams: ReadableStream<Uint8Array>[],
  onLine?: (line: string) => void,
): OutputTail {
  let kept = "";
  let silentLooks = 0;
  const readers = streams.map((stream) => stream.getReader());
  const done = Promise.all(readers.map(async (reader) => {
    const splitter = onLine && lineSplitter(onLine);
    await readAll(reader, (text) => {
      kept += text;
      silentLooks = 0;
      if (kept.length > 2 * KEPT_LENGTH) kept = kept.slice(-KEPT_LENGTH);
      splitter?.(text);
    });
  }));
  return {
    text: () => kept.slice(-KEPT_LENGTH),
    close: async () => {
      // Twice, as under load the first look may come before what already waits to be read.
      const looks = setInterval(() => {
        if (++silentLooks < 3) return;
        for (const reader of readers) reader.cancel().catch(() => {});
      }, 200);
      await done;
      clearInterval(looks);
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
