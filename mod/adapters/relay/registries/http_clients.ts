import { isWithoutProxy } from "./proxy_settings.ts";

/** What a server is trusted by, and what it is shown; all in PEM. */
export interface ClientTrust {
  /** Beside those that Deno brings along. */
  readonly authorities: readonly string[];
  readonly client?: { readonly cert: string; readonly key: string } | undefined;
}

/** The most that are kept; each holds its idle connections. */
const MOST = 32;

/**
 * Pools of connections, one for each trust, which all pulls share. Disposing closes them. Proxies
 * are those of the environment (HTTP_PROXY, HTTPS_PROXY, NO_PROXY), which Deno reads by itself.
 */
export class HttpClients implements Disposable {
  /** The one that was used last is the last. */
  readonly #clients = new Map<string, Deno.HttpClient>();
  /** Origins that know HTTP/2 alone. */
  readonly #http2 = new Set<string>();

  /** The pool for a server at `url`. Throws when the trust cannot be used. */
  for(url: URL, trust: ClientTrust): Deno.HttpClient {
    const direct = url.protocol === "http:" && isWithoutProxy(url) ? url : undefined;
    const http2 = this.speaksHttp2(url);
    const key = JSON.stringify([trust.client, trust.authorities, direct?.origin, http2]);
    const client = this.#clients.get(key) ?? openClient(trust, { direct, http2 });
    this.#clients.delete(key);
    this.#clients.set(key, client);
    const [oldest] = this.#clients;
    if (oldest !== undefined && this.#clients.size > MOST) {
      this.#clients.delete(oldest[0]);
      oldest[1].close();
    }
    return client;
  }

  /** Whether the server at `url` is offered HTTP/2. */
  speaksHttp2({ origin }: URL): boolean {
    return this.#http2.has(origin);
  }

  /** The server at `url` does not speak HTTP/1.1: from now on it is offered HTTP/2. */
  speakHttp2({ origin }: URL): void {
    this.#http2.add(origin);
  }

  [Symbol.dispose](): void {
    for (const client of this.#clients.values()) client.close();
    this.#clients.clear();
  }
}

function openClient(
  { authorities, client }: ClientTrust,
  { direct, http2 }: { readonly direct: URL | undefined; readonly http2: boolean },
) {
  return Deno.createHttpClient({
    // Over HTTP/2 all parts of a layer would share one connection, and its limits with it.
    http1: true,
    http2,
    poolIdleTimeout: 30_000,
    caCerts: [...authorities],
    ...client,
    // A plain connection is led to no proxy, but knows no TLS.
    ...(direct !== undefined && {
      proxy: {
        transport: "tcp",
        hostname: direct.hostname.replace(/^\[|\]$/g, ""),
        port: Number(direct.port) || 80,
      },
    }),
  });
}
