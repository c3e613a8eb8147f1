import { isLoopback } from "../../pure/relay/registry_host.ts";

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

  /** The pool for a server at `url`. Throws when the trust cannot be used. */
  for(url: URL, trust: ClientTrust): Deno.HttpClient {
    const direct = url.protocol === "http:" && isLoopback(url.host) ? url : undefined;
    const key = JSON.stringify([trust.client, trust.authorities, direct?.origin]);
    const client = this.#clients.get(key) ?? openClient(trust, direct);
    this.#clients.delete(key);
    this.#clients.set(key, client);
    const [oldest] = this.#clients;
    if (oldest !== undefined && this.#clients.size > MOST) {
      this.#clients.delete(oldest[0]);
      oldest[1].close();
    }
    return client;
  }

  [Symbol.dispose](): void {
    for (const client of this.#clients.values()) client.close();
    this.#clients.clear();
  }
}

/**
 * Whether requests to `url` would be led to a proxy although it is this machine, over TLS: the way
 * past it that plain http has is not there.
 */
export function isLedAstray(url: URL): boolean {
  const proxy = Deno.env.get("HTTPS_PROXY") || Deno.env.get("https_proxy");
  return url.protocol === "https:" && isLoopback(url.host) && Boolean(proxy);
}

function openClient({ authorities, client }: ClientTrust, direct: URL | undefined) {
  return Deno.createHttpClient({
    // Over HTTP/2 all parts of a layer would share one connection, and its limits with it.
    http1: true,
    http2: false,
    poolIdleTimeout: 30_000,
    caCerts: [...authorities],
    ...client,
    // Unlike Go, Deno leads to the proxy what is for this machine; a plain connection does not, but
    // knows no TLS.
    ...(direct !== undefined && {
      proxy: {
        transport: "tcp",
        hostname: direct.hostname.replace(/^\[|\]$/g, ""),
        port: Number(direct.port) || 80,
      },
    }),
  });
}
