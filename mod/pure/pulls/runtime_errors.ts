/** The container runtime (or its client) does not answer; the message says what to do about it. */
export class RuntimeUnavailableError extends Error {
  override readonly name = "RuntimeUnavailableError";
  /** Whether nobody listens at its socket (`nobodyListens()`). */
  readonly lost: boolean;

  constructor(message: string, options: ErrorOptions & { readonly lost?: boolean } = {}) {
    super(message, options);
    this.lost = options.lost ?? false;
  }
}

/** The runtime stayed lost for as long as `--exit-when-runtime-lost` allows: the agent ends. */
export class RuntimeLostError extends Error {
  override readonly name = "RuntimeLostError";
}
