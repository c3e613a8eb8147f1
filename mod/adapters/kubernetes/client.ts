import type { Logger } from "../../ports/logger.ts";
import { abortable } from "../../async/abortable.ts";
import { errorOf, isAnswer, NOT_MODIFIED, piecesOf, readText } from "./api_answer.ts";
import { CredentialReader, type Credentials } from "./credentials.ts";
import { Deadline } from "../../async/deadline.ts";
import { UnusableSettingsError } from "../../pure/settings/settings.ts";
import { messageOf } from "../../pure/message_of.ts";
import type { DateHeaderClock } from "./server_clock.ts";

/**
 * How a patch says what to change: as in RFC 7386, as in RFC 6902, or as the former with lists whose
 * elements are merged by their keys. The names are those of the media types.
 */
export type PatchKind = "merge" | "json" | "strategic-merge";

/** One call to the API server. */
export interface ApiRequest {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Sent as JSON. */
  readonly body?: unknown;
  /** What kind of patch the body of `PATCH` is. Default `merge`. */
  readonly patch?: PatchKind | undefined;
  readonly signal: AbortSignal;
  /** Media type of the answer. Default `application/json`; another one has to be JSON as well. */
  readonly accept?: string | undefined;
  /** For the whole call, body included. Default 30 s. */
  readonly timeoutMs?: number | undefined;
  /** A longer answer is not read to its end, but an error. */
  readonly maxBytes?: number | undefined;
}

/** One question whose answer may be known already. */
export interface ChangedRequest extends Omit<ApiRequest, "method" | "body" | "patch"> {
  /** Entity tag of the answer that is known; absent: none is. */
  readonly etag?: string | undefined;
}

/** An answer and what identifies it. */
export interface TaggedAnswer {
  readonly body: unknown;
  /** Absent where the API server gives none. */
  readonly etag?: string | undefined;
}

/** A pool of connections to one API server; disposing closes it. */
export interface KubernetesClient extends Disposable {
  /** Address of the API server, for messages. */
  readonly server: string;
  /** Namespace of the kubeconfig's context, or of the pod; undefined when neither names one. */
  readonly namespace: string | undefined;
  /**
   * Calls the API server and returns the JSON of a 2xx answer. Throws `ApiError` for any other
   * answer, the signal's reason when it aborts, else an error that says what was attempted.
   */
  request(path: string, options: ApiRequest): Promise<unknown>;
  /**
   * As `request` with GET, where the answer is another than the one with `etag`; undefined: the
   * API server says that it is the same.
   */
  requestChanged(path: string, options: ChangedRequest): Promise<TaggedAnswer | undefined>;
  /**
   * Opens a stream and yields its pieces. It has no timeout: the caller aborts `signal` when the
   * stream is silent for too long. Throws as `request` does, also while the stream is read.
   */
  stream(
    path: string,
    options: { readonly signal: AbortSignal; readonly accept?: string | undefined },
  ): Promise<AsyncIterable<Uint8Array>>;
}

/** Files that say how to reach the API server. */
export interface KubernetesFiles {
  readonly kubeconfig?: string | undefined;
  /** PEM file of authorities that are trusted beside the configuration's own. */
  readonly extraCaFile?: string | undefined;
}

/** Who is told what a client learns. */
export interface KubernetesTold {
  readonly logger: Logger;
  /** Learns from every answer. */
  readonly serverClock?: DateHeaderClock | undefined;
}

/** What is asked, beside the path. */
type Call =
  & Pick<ApiRequest, "method" | "body" | "patch" | "accept">
  & Pick<ChangedRequest, "etag">;

/** Default of `timeoutMs`. */
const TIMEOUT_MS = 30_000;
/** Longest answer that is read; many times a page of large objects. */
const MAX_BODY_BYTES = 256 * 1024 * 1024;

/**
 * Opens a client for the given kubeconfig, else for the pod's service account, else for the user's
 * own kubeconfig. The first call connects. Throws `UnusableSettingsError` when there is no usable
 * configuration.
 */
export function openKubernetes(
  options: KubernetesFiles & KubernetesTold,
): KubernetesClient {
  const reader = openCredentials(options);
  const { server, from } = reader;
  options.logger.info("Loaded the Kubernetes configuration", { server, from });
  return new FetchClient(reader, options.serverClock);
}

function openCredentials({ kubeconfig, extraCaFile }: KubernetesFiles): CredentialReader {
  try {
    return new CredentialReader(kubeconfig, extraCaFile);
  } catch (error) {
    throw new UnusableSettingsError([messageOf(error)], { cause: error });
  }
}

/** Uses fetch: under Deno client-node's own transport never notices that a connection dropped. */
class FetchClient implements KubernetesClient {
  readonly #reader: CredentialReader;
  readonly #serverClock: DateHeaderClock | undefined;
  #pool: { readonly key: string; readonly client: Deno.HttpClient } | undefined;

  constructor(reader: CredentialReader, serverClock: DateHeaderClock | undefined) {
    this.#reader = reader;
    this.#serverClock = serverClock;
  }

  get server(): string {
    return this.#reader.server;
  }

  get namespace(): string | undefined {
    return this.#reader.namespace;
  }

  async request(path: string, options: ApiRequest): Promise<unknown> {
    return (await this.#ask(path, options))?.body;
  }

  requestChanged(path: string, options: ChangedRequest): Promise<TaggedAnswer | undefined> {
    return this.#ask(path, options);
  }

  async stream(
    path: string,
    options: { readonly signal: AbortSignal; readonly accept?: string | undefined },
  ): Promise<AsyncIterable<Uint8Array>> {
    const response = await this.#send(path, options, options.signal);
    return piecesOf(response, options.signal);
  }

  [Symbol.dispose](): void {
    this.#pool?.client.close();
    this.#pool = undefined;
  }

  /** Undefined where the answer is the one with the call's tag. */
  async #ask(path: string, options: ApiRequest & Call): Promise<TaggedAnswer | undefined> {
    const { method = "GET", signal, timeoutMs = TIMEOUT_MS, maxBytes = MAX_BODY_BYTES } = options;
    using deadline = new Deadline(timeoutMs, `${method} ${path}`, signal);
    const response = await this.#send(path, options, deadline.signal);
    if (response.status === NOT_MODIFIED) return undefined;
    const text = await named(
      `read the answer to ${method} ${path}`,
      deadline.signal,
      () => readText(response, maxBytes, deadline.signal),
    );
    try {
      return { body: JSON.parse(text), etag: response.headers.get("etag") ?? undefined };
    } catch (error) {
      throw new Error(`Cannot read the answer to ${method} ${path}: it is not JSON`, {
        cause: error,
      });
    }
  }

  /** After a 401 it reads the credentials again and retries once: the token may be a new one. */
  async #send(
    path: string,
    call: Call,
    signal: AbortSignal,
  ): Promise<Response> {
    const action = `${call.method ?? "GET"} ${path}`;
    const refused = await this.#read(signal);
    const first = await this.#fetch(path, call, refused, signal);
    if (isAnswer(first)) return first;
    const error = await errorOf(first, action, signal);
    if (error.status !== 401) throw error;
    await this.#reader.forget(refused);
    const second = await this.#fetch(path, call, await this.#read(signal), signal);
    if (isAnswer(second)) return second;
    throw await errorOf(second, action, signal);
  }

  async #read(signal: AbortSignal): Promise<Credentials> {
    signal.throwIfAborted();
    return await abortable(this.#reader.read(), signal); // an exec plugin may take its time
  }

  async #fetch(
    path: string,
    { method = "GET", body, patch = "merge", accept = "application/json", etag }: Call,
    credentials: Credentials,
    signal: AbortSignal,
  ): Promise<Response> {
    const client = this.#clientFor(credentials);
    const headers: Record<string, string> = {
      ...credentials.headers,
      "Accept": accept,
    };
    if (etag !== undefined) headers["If-None-Match"] = etag;
    if (body !== undefined) {
      headers["Content-Type"] = `application/${method === "PATCH" ? `${patch}-patch+` : ""}json`;
    }
    const request = {
      method,
      headers,
      body: body === undefined ? null : JSON.stringify(body),
      signal,
      client,
      redirect: "error" as const,
    };
    const answered = this.#serverClock?.asked();
    const response = await named(
      `reach ${this.server}`,
      signal,
      () => abortable(fetch(credentials.server + path, request), signal),
    );
    // A watch is answered when it begins; a failure may be the answer of a proxy in between.
    if (isAnswer(response)) answered?.(response.headers.get("date"));
    return response;
  }

  #clientFor(credentials: Credentials): Deno.HttpClient {
    const { tls, proxyUrl } = credentials;
    const key = JSON.stringify([tls, proxyUrl]);
    if (this.#pool?.key === key) return this.#pool.client;
    const client = Deno.createHttpClient({
      // One connection for each watch: over HTTP/2 one stalled connection would stall them all.
      http2: false,
      ...(tls.ca !== undefined && { caCerts: [tls.ca] }),
      ...(tls.cert !== undefined && tls.key !== undefined && { cert: tls.cert, key: tls.key }),
      ...(proxyUrl !== undefined && { proxy: { url: proxyUrl } }),
    });
    this.#pool?.client.close();
    this.#pool = { key, client };
    return client;
  }
}

/** Adds to an error what was attempted; after an abort it throws the signal's reason instead. */
async function named<T>(action: string, signal: AbortSignal, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw new Error(`Cannot ${action}: ${essence(error)}`, { cause: error });
  }
}

/** The message of the innermost cause, which says what is wrong; the outermost is general. */
function essence(error: unknown): string {
  let innermost = error;
  while (innermost instanceof Error && innermost.cause instanceof Error) {
    innermost = innermost.cause;
  }
  const message = messageOf(innermost);
  // Deno puts the URL in front of it.
  return message.replace(/^error sending request .*?\(http\S+\): /, "").slice(0, 300);
}
