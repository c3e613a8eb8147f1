import { finishesWithin } from "../../async/finishes_within.ts";
import type { PullSession } from "./pull_session.ts";

/** For answers that are about to end, when the server is closed. */
const GRACE_MS = 2000;

/** A server of the relay. */
export interface RelayServer extends AsyncDisposable {
  readonly port: number;
}

/** Serves running pulls, by their names, on a free port of 127.0.0.1. */
export function serveRelay(sessions: ReadonlyMap<string, PullSession>): RelayServer {
  const closing = new AbortController();
  const server = Deno.serve({
    signal: closing.signal,
    hostname: "127.0.0.1",
    port: 0,
    onListen: () => {},
    // Only a pull that has been ended comes to this; Deno would print the error.
    onError: () => new Response(null, { status: 503 }),
    handler: (request) => answer(sessions, request),
  });
  return {
    port: server.addr.port,
    async [Symbol.asyncDispose]() {
      if (!await finishesWithin(server.shutdown(), GRACE_MS)) closing.abort();
      await server.finished;
    },
  };
}

/** Says no in one way, so that nobody learns from it which names there are. */
async function answer(
  sessions: ReadonlyMap<string, PullSession>,
  request: Request,
): Promise<Response> {
  const { pathname } = new URL(request.url);
  const [, name = "", repository = "", kind, target = ""] = PATH.exec(pathname) ?? [];
  const session = sessions.get(name);
  const isRead = request.method === "GET" || request.method === "HEAD";
  if (!session?.isOf(repository) || !isRead) return new Response(null, { status: 404 });
  return await session.answer(kind === "manifests" ? kind : "blobs", target, request);
}

const PATH = /^\/([0-9a-f]{32})\/v2\/(.+)\/(manifests|blobs)\/([^/]+)$/;
