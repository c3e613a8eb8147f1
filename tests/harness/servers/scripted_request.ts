import type { HttpRequest } from "./http_answer.ts";
import { STORAGE_PATH } from "./signed_storage.ts";
import { TOKEN_PATH } from "./token_service.ts";

/** What a request is for. */
export type RequestKind = "ping" | "manifests" | "blobs" | "storage" | "token" | "other";

/** One request to a scripted registry, and what came of it. */
export interface ScriptedRequest {
  readonly method: string;
  readonly kind: RequestKind;
  /** "" where there is none. */
  readonly repository: string;
  /** Tag or digest, or ""; of a blob in storage its digest too. */
  readonly target: string;
  /** With the query. */
  readonly path: string;
  readonly headers: Headers;
  /** Bytes that are asked for, from the first to before `end`. */
  readonly range?: { readonly from: number; readonly end: number } | undefined;
  /** Whether it came with an `Authorization`. */
  readonly isAuthorized: boolean;
  /** Equal for requests over one connection. */
  readonly connection: number;
  /** How many of this kind for this target have come before it. */
  readonly nth: number;
  /** As `Date.now()`. */
  readonly at: number;
  /** Missing until there is an answer. */
  status?: number;
  /** Bytes of the body that have been sent. */
  sentBytes: number;
  /** Whether nothing more will be sent. */
  isOver: boolean;
}

/** Reads a request; `before` are those that came earlier. */
export function readRequest(
  request: HttpRequest,
  before: readonly ScriptedRequest[],
): ScriptedRequest {
  const { method, url, headers, connection } = request;
  const { kind, repository = "", target = "" } = readPath(url.pathname);
  const alike = (each: ScriptedRequest) => each.kind === kind && each.target === target;
  return {
    ...{ method, kind, repository, target, headers, connection },
    path: url.pathname + url.search,
    range: readRange(headers.get("range")),
    isAuthorized: headers.has("authorization"),
    nth: before.filter(alike).length,
    at: Date.now(),
    sentBytes: 0,
    isOver: false,
  };
}

function readPath(
  path: string,
): { readonly kind: RequestKind; readonly repository?: string; readonly target?: string } {
  if (path === "/v2/" || path === "/v2") return { kind: "ping" };
  if (path === TOKEN_PATH) return { kind: "token" };
  if (path.startsWith(STORAGE_PATH)) {
    return { kind: "storage", target: path.slice(STORAGE_PATH.length) };
  }
  const [, repository = "", kind, target = ""] =
    /^\/v2\/(.+)\/(manifests|blobs)\/([^/]+)$/.exec(path) ?? [];
  if (kind !== "manifests" && kind !== "blobs") return { kind: "other" };
  return { kind, repository, target };
}

/** Open ends stand for as many bytes as there are. */
function readRange(header: string | null): ScriptedRequest["range"] {
  const [, from, last] = /^bytes=(\d+)-(\d*)$/.exec(header ?? "") ?? [];
  if (from === undefined) return undefined;
  return { from: Number(from), end: last ? Number(last) + 1 : Infinity };
}
