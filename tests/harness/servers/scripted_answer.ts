import { gzipSync } from "node:zlib";
import type { StoredBlob } from "./stored_blob.ts";
import type { HttpAnswer, HttpRequest } from "./http_answer.ts";
import { bytesOf, spoilt, untilAborted } from "./scripted_body.ts";
import { CutError, type ScriptedFault } from "./scripted_fault.ts";
import type { ScriptedRequest } from "./scripted_request.ts";
import type { ScriptedStore } from "./scripted_store.ts";
import type { SignedStorage } from "./signed_storage.ts";
import { jsonAnswer, type TokenService } from "./token_service.ts";

/** What a registry answers from. */
export interface RegistryParts {
  readonly store: ScriptedStore;
  readonly tokens: TokenService | undefined;
  readonly storage: SignedStorage | undefined;
}

/** Answers one request, with what goes wrong with it. Does not resolve while the fault is a hang. */
export async function answerTo(
  parts: RegistryParts,
  request: HttpRequest,
  seen: ScriptedRequest,
  fault: ScriptedFault | undefined,
): Promise<HttpAnswer> {
  const { tokens, storage, store } = parts;
  const { kind, repository, target } = seen;
  if (fault?.fault === "hang" && fault.afterBytes === undefined) {
    await untilAborted(request.signal);
    throw new CutError();
  }
  if (fault?.fault === "status") return refused(parts, request, seen, fault);
  if (fault?.fault === "redirect") {
    const { status, location } = fault;
    const where: Record<string, string> = location === undefined ? {} : { location };
    return { status, headers: { ...where, "content-length": "0" } };
  }
  if (kind === "token" && tokens !== undefined) return tokens.grant(request);
  if (kind === "storage") {
    const blob = store.blob(target);
    const refusal = storage?.refusal(request);
    return refusal ?? (blob ? contentOf(blob, request, seen, fault) : notFound());
  }
  const refusal = tokens?.refusal(request, repository);
  if (refusal !== undefined) return refusal;
  if (kind === "ping") return jsonAnswer(200, {});
  if (kind === "manifests") {
    const manifest = store.manifest(repository, target);
    if (manifest === undefined) return notFound();
    const { mediaType, digest } = manifest;
    return contentOf(manifest, request, seen, fault, {
      "content-type": mediaType,
      "docker-content-digest": digest,
    });
  }
  const blob = kind === "blobs" ? store.blob(target) : undefined;
  if (blob === undefined) return notFound();
  return storage?.redirect(request, target) ?? contentOf(blob, request, seen, fault);
}

function refused(
  { tokens }: RegistryParts,
  request: HttpRequest,
  { repository }: ScriptedRequest,
  { status, headers = {}, body }: ScriptedFault & { readonly fault: "status" },
): HttpAnswer {
  const challenge = status === 401 && tokens !== undefined
    ? { "www-authenticate": tokens.challenge(request, repository) }
    : {};
  const errors = [{ code: "UNKNOWN", message: body ?? "scripted" }];
  return jsonAnswer(status, { errors }, { ...challenge, ...headers });
}

function notFound(): HttpAnswer {
  return jsonAnswer(404, { errors: [{ code: "NAME_UNKNOWN", message: "unknown" }] });
}

function contentOf(
  blob: StoredBlob,
  { signal }: HttpRequest,
  { range }: ScriptedRequest,
  fault: ScriptedFault | undefined,
  headers: Readonly<Record<string, string>> = { "content-type": "application/octet-stream" },
): HttpAnswer {
  const asked = fault?.fault === "whole"
    ? undefined
    : fault?.fault === "other_range"
    ? fault
    : range;
  const from = asked?.from ?? 0;
  const end = Math.min(asked?.end ?? Infinity, blob.bytes);
  if (from >= blob.bytes && asked !== undefined) {
    const unsatisfied = { "content-range": `bytes */${blob.bytes}`, "content-length": "0" };
    return { status: 416, headers: unsatisfied };
  }
  const packed = fault?.fault === "encoded" ? gzipSync(blob.read(from, end)) : undefined;
  // Whoever packs bytes as they pass does not know how many there will be.
  const isChunked = packed !== undefined || fault?.fault === "chunked";
  const length = end - from;
  const lie = fault?.fault === "wrong_length" ? fault.byBytes : 0;
  const all: Record<string, string | undefined> = {
    ...headers,
    "accept-ranges": "bytes",
    "content-length": isChunked ? undefined : `${length + lie}`,
    "transfer-encoding": isChunked ? "chunked" : undefined,
    "content-range": asked && `bytes ${from}-${end - 1}/${blob.bytes}`,
    "content-encoding": packed && "gzip",
    ...(fault?.fault === "headers" && fault.headers),
  };
  const body = packed ? ReadableStream.from([new Uint8Array(packed)]) : bytesOf(blob, from, end);
  return {
    status: asked === undefined ? 200 : 206,
    headers: Object.fromEntries(
      Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined),
    ),
    body: spoilt(body, fault, signal),
  };
}
