import { chunksOf } from "../../async/chunks_of.ts";
import { type ApiError, apiErrorOf } from "./api_error.ts";

/** Status of an answer that is the one whose entity tag was sent; it has no body. */
export const NOT_MODIFIED = 304;

const MAX_ERROR_BYTES = 64 * 1024;

/** Whether it answers the call: only who knows the last answer is told that it is not modified. */
export function isAnswer({ ok, status }: Response): boolean {
  return ok || status === NOT_MODIFIED;
}

/** What an answer that is none says. Throws the reason of an aborted `signal`. */
export async function errorOf(
  response: Response,
  action: string,
  signal: AbortSignal,
): Promise<ApiError> {
  const text = await readText(response, MAX_ERROR_BYTES, signal).catch(() => "");
  signal.throwIfAborted();
  return apiErrorOf(action, response.status, text, response.headers.get("retry-after"));
}

/** Reads an answer to its end. Throws when it has more than `maxBytes`, or when `signal` aborts. */
export async function readText(
  response: Response,
  maxBytes: number,
  signal: AbortSignal,
): Promise<string> {
  const decoder = new TextDecoder();
  let [text, bytes] = ["", 0];
  for await (const chunk of piecesOf(response, signal)) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw new Error(`it is longer than ${maxBytes} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** The pieces of an answer as they come. Throws when `signal` aborts. */
export async function* piecesOf(
  response: Response,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  if (response.body !== null) yield* chunksOf(response.body, signal);
}
