/** The container runtime (or its client) does not answer; says what to do about it. */
export class RuntimeUnavailableError extends Error {
  override readonly name = "RuntimeUnavailableError";
}
