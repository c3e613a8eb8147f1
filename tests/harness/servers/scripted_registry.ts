import type { HttpAnswer, HttpRequest, HttpServer, TlsKeys } from "./http_answer.ts";
import { serveHttp1 } from "./http1_server.ts";
import { serveHttp2, serveHttp2Alone } from "./http2_server.ts";
import { answerTo, type RegistryParts } from "./scripted_answer.ts";
import { type Pace, paced, paceOf } from "./scripted_body.ts";
import type { ScriptedFault } from "./scripted_fault.ts";
import { readRequest, type ScriptedRequest } from "./scripted_request.ts";
import { type ScriptedStore, scriptedStore } from "./scripted_store.ts";
import { signedStorage, type StorageOptions } from "./signed_storage.ts";
import { type TokenOptions, tokenService } from "./token_service.ts";

export type { ScriptedFault } from "./scripted_fault.ts";
export type { ScriptedRequest } from "./scripted_request.ts";

/** Says what goes wrong with a request; undefined: nothing. */
export type Script = (request: ScriptedRequest) => ScriptedFault | undefined;

/** How a registry is reached and behaves when nothing goes wrong. */
export interface ScriptedRegistryOptions {
  /** Default: plain HTTP/1.1. */
  readonly tls?: TlsKeys;
  /**
   * HTTP/2, beside HTTP/1.1 or alone; needs `tls`, and knows no certificates of clients and no wrong
   * lengths.
   */
  readonly http2?: boolean | "alone";
  /** Asks for tokens, which it gives to everybody; default: it asks for nothing. */
  readonly tokens?: TokenOptions;
  /** Redirects to a storage with signed addresses; default: it sends blobs itself. */
  readonly storage?: StorageOptions;
  /** A brake per connection, until the test says otherwise; default: none. */
  readonly bytesPerSecond?: number;
}

/** A registry of the test's own, with images from memory or made up; disposing closes it. */
export interface ScriptedRegistry extends AsyncDisposable, Pick<ScriptedStore, "add" | "addIndex"> {
  /** "127.0.0.1:PORT", as it stands in a reference. */
  readonly host: string;
  readonly url: string;
  /** May be changed at any time; holds for requests that come afterwards. */
  script: Script;
  /** The brake of each connection, from its next chunk on; undefined: none. */
  bytesPerSecond: number | undefined;
  requests(): readonly ScriptedRequest[];
  forgetRequests(): void;
  /** Ends all tokens handed out so far. */
  revokeTokens(): void;
  /** Ends all signed addresses handed out so far. */
  expireAddresses(): void;
  /** Closes the port with all its connections: requests are refused until `accept()`. */
  refuse(): Promise<void>;
  accept(): Promise<void>;
}

/** Starts a registry on a free port of the loopback address. */
export async function startScriptedRegistry(
  options: ScriptedRegistryOptions = {},
): Promise<ScriptedRegistry> {
  const store = scriptedStore();
  const parts: RegistryParts = {
    store,
    tokens: options.tokens && tokenService(options.tokens),
    storage: options.storage && signedStorage(options.storage),
  };
  const requests: ScriptedRequest[] = [];
  const paces = new Map<number, Pace>();
  const paceFor = (connection: number) => {
    const pace = paces.get(connection) ?? paceOf(() => registry.bytesPerSecond);
    paces.set(connection, pace);
    return pace;
  };
  const handle = async (request: HttpRequest): Promise<HttpAnswer> => {
    const seen = readRequest(request, requests);
    requests.push(seen);
    const answer = await answerTo(parts, request, seen, registry.script(seen))
      .catch((error) => {
        seen.isOver = true;
        throw error;
      });
    seen.status = answer.status;
    if (request.method === "HEAD" || answer.body === undefined) {
      seen.isOver = true;
      return answer;
    }
    const { body } = answer;
    const sent = paced(body, paceFor(request.connection), request.signal);
    return { ...answer, body: counted(sent, seen) };
  };
  const { tls, http2 = false } = options;
  const listen = async (port: number): Promise<HttpServer> => {
    if (!http2) return await serveHttp1(handle, { port, tls });
    if (tls === undefined) throw new TypeError("HTTP/2 needs TLS");
    if (http2 === "alone") return await serveHttp2Alone(handle, { port, tls });
    return serveHttp2(handle, { port, tls });
  };
  let server: HttpServer | undefined = await listen(0);
  const { port } = server;
  const close = async () => {
    await server?.[Symbol.asyncDispose]();
    server = undefined;
  };
  const registry: ScriptedRegistry = {
    host: `127.0.0.1:${port}`,
    url: `${tls === undefined ? "http" : "https"}://127.0.0.1:${port}`,
    script: () => undefined,
    bytesPerSecond: options.bytesPerSecond,
    add: store.add,
    addIndex: store.addIndex,
    requests: () => [...requests],
    forgetRequests: () => void requests.splice(0),
    revokeTokens: () => parts.tokens?.revoke(),
    expireAddresses: () => parts.storage?.expire(),
    refuse: close,
    accept: async () => void (server ??= await listen(port)),
    [Symbol.asyncDispose]: close,
  };
  return registry;
}

async function* counted(
  body: AsyncIterable<Uint8Array<ArrayBuffer>>,
  seen: ScriptedRequest,
): AsyncIterable<Uint8Array<ArrayBuffer>> {
  try {
    for await (const chunk of body) {
      yield chunk;
      seen.sentBytes += chunk.length;
    }
  } finally {
    seen.isOver = true;
  }
}
