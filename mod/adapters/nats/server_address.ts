/** One server of `--nats-url`, taken apart. */
export interface ServerAddress {
  /** Without the brackets of an IPv6 address. */
  readonly hostname: string;
  readonly port: number;
  /** Written `tls://`: an unencrypted connection is refused. */
  readonly tls: boolean;
  /** As logs and reasons show it: without user name, password or token. */
  readonly shown: string;
  readonly userInfo?: UserInfo;
}

/** What stood before the `@`: a user with a password, or a token alone. Secret. */
export interface UserInfo {
  readonly name: string;
  readonly password?: string;
}

/**
 * Takes a server's URL apart. The scheme may be missing, the port is then 4222.
 * Throws an error that does not quote the URL, as it may hold a password.
 */
export function parseServerAddress(url: string): ServerAddress {
  const parsed = parse(url.includes("://") ? url : `nats://${url}`);
  const port = parsed.port === "" ? 4222 : Number(parsed.port);
  return {
    hostname: parsed.hostname.replace(/^\[(.*)\]$/, "$1"),
    port,
    tls: parsed.protocol === "tls:",
    shown: `${parsed.protocol}//${parsed.hostname}:${port}`,
    ...(parsed.username !== "" && { userInfo: userInfo(parsed) }),
  };
}

function parse(url: string): URL {
  const parsed = URL.parse(url);
  if (parsed === null || parsed.hostname === "" || !/^(nats|tls):$/.test(parsed.protocol)) {
    throw new Error(
      "Cannot read a server of --nats-url: it must look like nats://host:4222 or tls://host:4222",
    );
  }
  return parsed;
}

function userInfo(url: URL): UserInfo {
  const name = decodeURIComponent(url.username);
  return url.password === "" ? { name } : { name, password: decodeURIComponent(url.password) };
}
