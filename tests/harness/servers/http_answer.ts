/** A request as it stands on the wire. */
export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  /** The client's port: the same for all requests over one connection. */
  readonly connection: number;
  /** Aborts when the client goes, or the server closes. */
  readonly signal: AbortSignal;
}

/** What is put on the wire, true or not. */
export interface HttpAnswer {
  readonly status: number;
  /** All of them: a server adds none of its own. */
  readonly headers: Readonly<Record<string, string>>;
  /** When it throws, the connection is cut there (HTTP/2: the stream). */
  readonly body?: AsyncIterable<Uint8Array<ArrayBuffer>> | undefined;
}

/** Answers one request; never resolves where nobody is to be answered. */
export type HttpHandler = (request: HttpRequest) => Promise<HttpAnswer>;

/** A server on the loopback address. */
export interface HttpServer extends AsyncDisposable {
  readonly port: number;
}

/** Keys of a server that speaks TLS, all PEM. */
export interface TlsKeys {
  readonly cert: string;
  readonly key: string;
  /** The authority of clients, which need a certificate then. */
  readonly clientCa?: string | undefined;
}
