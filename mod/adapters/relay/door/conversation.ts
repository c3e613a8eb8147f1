import { abortable } from "../../../async/abortable.ts";
import { onAbort } from "../../../async/on_abort.ts";
import { startTimer } from "../../../async/timer.ts";
import { parseRequestHead } from "../../../pure/relay/request_head.ts";
import { HeadReader } from "./head_reader.ts";
import type { PullSession } from "../pull_session.ts";
import { bare, type RelayAnswer } from "./relay_answer.ts";

/** What there is to know of a running pull here. */
export type Answering = Pick<PullSession, "isOf" | "answer" | "ended">;

/** How long a connection may wait for a head, in ms. */
export interface HeadPatience {
  /** Before it has named a running pull. */
  readonly firstMs: number;
  /** Between requests of a pull. */
  readonly idleMs: number;
}

/** Who talks, and what to. */
export interface Talk {
  readonly sessions: ReadonlyMap<string, Answering>;
  readonly patience: HeadPatience;
  /** Called when the client has shown that it knows a running pull. */
  known(): void;
  /** Closes the connection; may be called more than once. */
  close(): void;
}

/**
 * Answers requests over one connection, until the client goes, waits for too long, or asks for what
 * is not its own. Throws where the connection or an answer breaks; whoever calls it closes.
 */
export async function converse(
  connection: Pick<Deno.Conn, "read" | "write">,
  { sessions, patience, known, close }: Talk,
): Promise<void> {
  const heads = new HeadReader(connection);
  const nextHead = async (ms: number) => {
    using _timer = startTimer(ms, close);
    return await heads.next();
  };
  for (let ms = patience.firstMs;; ms = patience.idleMs) {
    const text = await nextHead(ms);
    if (text === undefined) return;
    const asked = whatIsAsked(sessions, text);
    if (asked === undefined) return await send(connection, "GET", REFUSAL);
    known();
    const { session, method, kind, target, range, keepsAlive } = asked;
    const gone = new AbortController();
    using _ended = onAbort(session.ended, close);
    heads.hasGone().then((isGone) => isGone && gone.abort(new Error("The runtime has gone")));
    try {
      const answer = await session.answer(kind, target, { method, range, signal: gone.signal });
      // Deno 2.7 waits for a write that nobody takes, though its connection is closed.
      await abortable(send(connection, method, answer), session.ended);
    } finally {
      gone.abort();
    }
    if (!keepsAlive) return;
  }
}

/** One for all that is wrong, so that nobody learns from it which names there are. */
const REFUSAL = bare(404, { "connection": "close" });

function whatIsAsked(sessions: Talk["sessions"], text: string) {
  const head = parseRequestHead(text);
  if (head?.method !== "GET" && head?.method !== "HEAD") return undefined;
  const { method, path, range, keepsAlive } = head;
  const [, name = "", repository = "", kindName, target = ""] = PATH.exec(path) ?? [];
  const session = sessions.get(name);
  if (!session?.isOf(repository)) return undefined;
  const kind = kindName === "manifests" ? kindName : "blobs";
  return { session, kind, target, method, range, keepsAlive } as const;
}

const PATH = /^\/([0-9a-f]{32})\/v2\/(.+)\/(manifests|blobs)\/([^/]+)$/;

async function send(
  connection: Pick<Deno.Conn, "write">,
  method: "GET" | "HEAD",
  { status, headers, body = [] }: RelayAnswer,
): Promise<void> {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  // Nobody reads the words behind a status, and they are no duty (RFC 9112 §4).
  const head = `HTTP/1.1 ${status} \r\n${lines.join("")}\r\n`;
  await write(connection, new TextEncoder().encode(head));
  if (method === "HEAD") return;
  for await (const chunk of body) await write(connection, chunk);
}

async function write(connection: Pick<Deno.Conn, "write">, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    at += await connection.write(at === 0 ? bytes : bytes.subarray(at));
  }
}
