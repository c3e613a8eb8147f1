/** A request of the runtime, once it is clear which pull it belongs to. */
export interface RelayRequest {
  readonly method: "GET" | "HEAD";
  /** Its `Range`. */
  readonly range: string | undefined;
  /** Aborts when the runtime has gone, and after the answer. */
  readonly signal: AbortSignal;
}

/** What the runtime is answered. */
export interface RelayAnswer {
  readonly status: number;
  /** All of them, `content-length` too. */
  readonly headers: Readonly<Record<string, string>>;
  /** None where only the head was asked for. When it throws, the connection breaks. */
  readonly body?: Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
}

/** An answer without a body. */
export function bare(status: number, headers: Readonly<Record<string, string>> = {}): RelayAnswer {
  return { status, headers: { ...headers, "content-length": "0" } };
}
