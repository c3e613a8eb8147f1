/** The container runtime (or its client) does not answer; says what to do about it. */
export class RuntimeUnavailableError extends Error {
  override readonly name = "RuntimeUnavailableError";
  /** Nobody listens at its socket: it ended, or the socket is a dead one (`nobodyListens()`). */
  readonly lost: boolean;

  constructor(message: string, options: ErrorOptions & { readonly lost?: boolean } = {}) {
    super(message, options);
    this.lost = options.lost ?? false;
  }
}

/** The runtime stayed lost for as long as the settings bear it: the agent ends. */
export class RuntimeLostError extends Error {
  override readonly name = "RuntimeLostError";
}
