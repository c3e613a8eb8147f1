import { messageOf } from "../../pure/message_of.ts";

/** The API server answered with a failure; callers branch on `status` and `reason`. */
export class ApiError extends Error {
  override readonly name = "ApiError";

  constructor(
    message: string,
    /** HTTP status, or the `code` of a Status object in a watch. */
    readonly status: number,
    /** `reason` of the Status object, such as `Expired`; empty when the answer was none. */
    readonly reason: string,
    /** What the header `Retry-After` asked for. */
    readonly retryAfterMs?: number | undefined,
  ) {
    super(message);
  }
}

/** Longest message of the server that an error quotes, in characters. */
const MAX_MESSAGE = 300;

/**
 * Makes an error of a failed response: its status, its text (a Status object or anything else) and
 * its header `Retry-After`.
 */
export function apiErrorOf(
  action: string,
  status: number,
  text: string,
  retryAfter: string | null,
): ApiError {
  const answer = parseStatus(text);
  const said = (answer.message ?? text).replace(/\s+/g, " ").trim().slice(0, MAX_MESSAGE);
  return new ApiError(
    `Cannot ${action}: the API server answered ${status}${said === "" ? "" : `, "${said}"`}`,
    status,
    answer.reason ?? "",
    retryAfterMs(retryAfter),
  );
}

/** True when the API server answered with this HTTP status. */
export function hasStatus(error: unknown, status: number): boolean {
  return error instanceof ApiError && error.status === status;
}

/** True for what an API server, or a webhook before it, will say of the same again. */
export function isFaulty(error: unknown): boolean {
  return error instanceof ApiError && [400, 405, 413, 415, 422].includes(error.status);
}

/** True when the resource version or continue token is too old, so that a new list is needed. */
export function isExpired(error: unknown): boolean {
  return error instanceof ApiError &&
    (error.status === 410 || error.reason === "Expired" || error.reason === "Gone");
}

/** True when the server has not come to the resource version, as after a backup was restored. */
export function isTooLarge(error: unknown): boolean {
  return hasStatus(error, 504) && messageOf(error).includes("Too large resource version");
}

function parseStatus(text: string): { message?: string | undefined; reason?: string | undefined } {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) return {};
    const { message, reason } = value as Record<string, unknown>;
    return {
      message: typeof message === "string" ? message : undefined,
      reason: typeof reason === "string" ? reason : undefined,
    };
  } catch {
    return {}; // a proxy in between answered with text or HTML
  }
}

/** Seconds only: the API server never sends the date form. */
function retryAfterMs(header: string | null): number | undefined {
  if (header === null || !/^\d{1,5}$/.test(header.trim())) return undefined;
  return Number(header) * 1000;
}
