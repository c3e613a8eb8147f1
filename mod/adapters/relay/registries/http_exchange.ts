import { abortable } from "../../../async/abortable.ts";
import { chunksOf } from "../../../async/chunks_of.ts";
import { Deadline, DeadlineError } from "../../../async/deadline.ts";
import { concatBytes } from "../../../pure/concat_bytes.ts";
import { messageOf } from "../../../pure/message_of.ts";
import { unanswered, unfit } from "../../../pure/relay/registry_failure.ts";
import { HostError } from "./host_error.ts";
import { proxySettingFor } from "./proxy_settings.ts";

/** One request; answers come as they are stored, and redirects as answers. */
export interface HttpRequest {
  readonly method: "GET" | "HEAD" | "POST";
  readonly headers: Headers;
  readonly body?: string | undefined;
  readonly signal: AbortSignal;
  readonly client: Deno.HttpClient;
}

/** How long a host may take until it answers, and between two pieces of a short body. */
const ANSWER_MS = 30_000;

/**
 * Sends a request; resolves when the head of the answer is there. Its body has no deadline; whoever
 * gets it reads or cancels it. Throws `HostError`; when `signal` aborts, its reason.
 */
export async function exchange(
  url: URL,
  { method, headers, body, signal, client }: HttpRequest,
): Promise<Response> {
  using deadline = new Deadline(ANSWER_MS, "an answer");
  const ending = AbortSignal.any([signal, deadline.signal]);
  headers.set("accept-encoding", "identity");
  headers.set("user-agent", USER_AGENT);
  const redirect = "manual";
  const init = { method, headers, body: body ?? null, client, redirect, signal: ending } as const;
  try {
    return await abortable(fetch(url, init), ending);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    const failure = failureOf(error);
    const proxy = proxySettingFor(url);
    const text = proxy === undefined || failure.text.includes("proxy")
      ? failure.text
      : `${failure.text} (${proxy} is set: it may be the proxy)`;
    throw new HostError({ ...failure, text }, { cause: error });
  }
}

/** Whether a server refused the handshake as it does not speak HTTP/1.1 (RFC 7301 §3.2). */
export function refusesHttp1({ cause }: HostError): boolean {
  return /\bNoApplicationProtocol\b/.test(messageOf(innermostOf(cause)));
}

/** Some registries refuse requests that do not say who asks. */
const USER_AGENT = "warm-images";

/**
 * Reads a body of at most `maxBytes`; undefined: it is longer, and was cancelled. Throws `HostError`
 * when it breaks off or stands still; when `signal` aborts, its reason.
 */
export async function readBytes(
  { body }: Response,
  { maxBytes, signal }: { readonly maxBytes: number; readonly signal: AbortSignal },
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (body === null) return new Uint8Array();
  using deadline = new Deadline(ANSWER_MS, "the rest of an answer", signal);
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of chunksOf(body, deadline.signal)) {
      deadline.restart(ANSWER_MS, "the rest of an answer");
      length += chunk.length;
      if (length > maxBytes) return undefined;
      chunks.push(chunk);
    }
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw new HostError(failureOf(error), { cause: error });
  }
  return concatBytes(chunks);
}

/** Reads the first few KB of a body as text, if they come at once; the rest is not wanted. */
export async function readStart({ body }: Response, signal: AbortSignal): Promise<string> {
  if (body === null) return "";
  using deadline = new Deadline(START_MS, "an error's text", signal);
  const decoder = new TextDecoder();
  let text = "";
  try {
    for await (const chunk of chunksOf(body, deadline.signal)) {
      text += decoder.decode(chunk.subarray(0, START_BYTES), { stream: true });
      if (text.length >= START_BYTES) break;
    }
  } catch {
    if (signal.aborted) throw signal.reason;
  }
  return text;
}

const START_BYTES = 4096;
const START_MS = 5_000;

/** Lets go of a body that nobody wants. */
export async function drop({ body }: Response): Promise<void> {
  await body?.cancel().catch(() => {});
}

function failureOf(error: unknown) {
  if (error instanceof DeadlineError) {
    return unfit("network", `did not answer: ${error.message.replace(/^T/, "t")}`);
  }
  return unanswered(messageOf(innermostOf(error)));
}

function innermostOf(error: unknown): unknown {
  let innermost = error;
  while (innermost instanceof Error && innermost.cause instanceof Error) {
    innermost = innermost.cause;
  }
  return innermost;
}
