/** A tool is missing and could not be obtained; the message says why and what to do. */
export class ToolUnavailableError extends Error {
  override name = "ToolUnavailableError";
}
