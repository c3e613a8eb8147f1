/** The API server answered with a failure; callers branch on `status` and `reason`. */
export class ApiError extends Error {
  override readonly name = "ApiError";

  constructor(
    message: string,
    /** HTTP status, or the `code` of a Status object in a watch. */
    readonly status: number,
    /** Machine word of the Status object, such as `Expired`; empty when there was none. */
    readonly reason: string,
    /** What `Retry-After` asked for. */
    readonly retryAfterMs?: number,
  ) {
    super(message);
  }
}

/** Longest server message that an error quotes. */
const MAX_MESSAGE = 300;

/** Makes an error of a failed response's status, text (a Status object, or anything) and header. */
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

/** True when the resource version or continue token is too old: only a new list helps. */
export function isExpired(error: unknown): boolean {
  return error instanceof ApiError &&
    (error.status === 410 || error.reason === "Expired" || error.reason === "Gone");
}

function parseStatus(text: string): { message?: string; reason?: string } {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) return {};
    const { message, reason } = value as Record<string, unknown>;
    return {
      ...(typeof message === "string" && { message }),
      ...(typeof reason === "string" && { reason }),
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
