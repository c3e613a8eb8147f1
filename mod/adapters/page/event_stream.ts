import { PAGE_HEADERS } from "./page_answer.ts";

/** How many pages may be open at a controller: each of them costs what its changes take to send. */
const MOST_CLIENTS = 64;

/** What waits for a reader that does not keep up; changes beyond are not kept for it. */
const MOST_WAITING_BYTES = 1_000_000;

/** How long a browser waits before it connects again; main.js draws it out, with jitter. */
const RETRY_MS = 2_000;

interface Client {
  readonly stream: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;
  /** It was sent nothing for a while, and so has to read everything again. */
  missedSome: boolean;
}

/**
 * Open pages, which are told all changes by server-sent events
 * (https://html.spec.whatwg.org/multipage/server-sent-events.html). One that reads slowly is told
 * less: as soon as it reads again, that it has to ask for everything.
 */
export class EventStreams {
  readonly #clients = new Set<Client>();

  /** How many pages are open. */
  get size(): number {
    return this.#clients.size;
  }

  /** Answers with a stream that begins with `first`; undefined when there are too many. */
  open(first: string): Response | undefined {
    if (this.#clients.size >= MOST_CLIENTS) return undefined;
    let client: Client | undefined;
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start: (stream) => {
        client = { stream, missedSome: false };
        this.#clients.add(client);
        stream.enqueue(encoded(`retry: ${RETRY_MS}\n${first}`));
      },
      cancel: () => {
        if (client !== undefined) this.#clients.delete(client);
      },
    }, { highWaterMark: MOST_WAITING_BYTES, size: (chunk) => chunk?.byteLength ?? 0 });
    const headers = {
      ...PAGE_HEADERS,
      "content-type": "text/event-stream",
      "cache-control": "no-store",
      // For nginx, which would gather events otherwise.
      "x-accel-buffering": "no",
    };
    return new Response(body, { headers });
  }

  /** Sends an event to all. */
  send(event: string): void {
    const bytes = encoded(event);
    const missed = encoded(eventText("missed", ""));
    for (const client of this.#clients) {
      const room = client.stream.desiredSize ?? 0;
      if (!client.missedSome && room >= bytes.byteLength) client.stream.enqueue(bytes);
      else if (room < MOST_WAITING_BYTES) client.missedSome = true;
      else {
        // It has read all that waited: it asks for everything now, rather than while it lags behind.
        client.stream.enqueue(missed);
        client.missedSome = false;
      }
    }
  }

  /** Ends all streams. */
  close(): void {
    for (const { stream } of this.#clients) stream.close();
    this.#clients.clear();
  }
}

/** One event; `data` has no line breaks. */
export function eventText(name: string, data: string): string {
  return `event: ${name}\ndata: ${data}\n\n`;
}

/** What keeps a silent connection open, and shows a browser that it is. */
export const HEARTBEAT = eventText("alive", "");

function encoded(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}
