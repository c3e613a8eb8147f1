/** One server of `--nats-url`, taken apart. */
export interface ServerAddress {
  /** Without the brackets of an IPv6 address. */
  readonly hostname: string;
  readonly port: number;
  /** Written `tls://`: an unencrypted connection is refused. */
  readonly tls: boolean;
  /** As logs and reasons show it: never with a user name or password. */
  readonly shown: string;
}

/**
 * Takes a server's URL apart; the port is 4222 unless given. Throws an error that does not quote
 * the URL, as it may hold a password by mistake (settings refuse that).
 */
export function parseServerAddress(url: string): ServerAddress {
  const parsed = URL.parse(url);
  if (parsed === null || parsed.hostname === "" || !/^(nats|tls):$/.test(parsed.protocol)) {
    throw new Error(
      "Cannot read a server of --nats-url: it must look like nats://host:4222 or tls://host:4222",
    );
  }
  const { hostname, protocol } = parsed;
  const port = parsed.port === "" ? 4222 : Number(parsed.port);
  return {
    hostname: hostname.replace(/^\[(.*)\]$/, "$1"),
    port,
    tls: protocol === "tls:",
    shown: `${protocol}//${hostname}:${port}`,
  };
}
