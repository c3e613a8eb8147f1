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

async function answer(
  sessions: ReadonlyMap<string, PullSession>,
  request: Request,
): Promise<Response> {
  const path = new URL(request.url).pathname;
  const [, name = "", kind, target] = PATH.exec(path) ?? [];
  const session = sessions.get(name);
  if (session === undefined || target === undefined) return new Response(null, { status: 404 });
  if (kind !== "manifests" && kind !== "blobs") return new Response(null, { status: 404 });
  return await session.answer(kind, target, request);
}

const PATH = /^\/([0-9a-f]{32})\/v2\/.+\/(manifests|blobs)\/([^/]+)$/;
