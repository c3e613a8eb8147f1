import type { PullSession } from "./pull_session.ts";

/** A server of the relay. */
export interface RelayServer extends AsyncDisposable {
  readonly port: number;
}

/** Serves running pulls, by their names, on a free port of 127.0.0.1. */
export function serveRelay(sessions: ReadonlyMap<string, PullSession>): RelayServer {
  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen: () => {},
    handler: (request) => answer(sessions, request),
  });
  return { port: server.addr.port, [Symbol.asyncDispose]: () => server.shutdown() };
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
