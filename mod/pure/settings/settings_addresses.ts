import type { Reading, ValueType } from "./settings_table.ts";
import { list, single } from "./settings_values.ts";

/** Where a server listens. */
export interface ListenAddress {
  readonly hostname: string;
  readonly port: number;
}

const NATS_PORT = 4222;

/**
 * `host:port`, `[::1]:8080` or `:8080` (every address); empty or `off` means no server. A variable
 * cannot be empty, as an empty one counts as unset: hence `off`.
 */
export function listenAddress(): ValueType<ListenAddress | undefined> {
  return single("ADDRESS", (text) => {
    if (text === "" || text === "off") return { value: undefined };
    const parts = splitHostPort(text);
    return parts?.port === undefined
      ? { fault: "must be host:port, :port, or off" }
      : { value: { hostname: parts.hostname || "0.0.0.0", port: parts.port } };
  });
}

/** One or several servers, each `nats://host:port`, `tls://host:port` or `host:port`. */
export function natsUrls(): ValueType<readonly string[]> {
  return list("URL", readNatsUrl, { atLeastOne: true });
}

function readNatsUrl(text: string): Reading<string> {
  const [, scheme = "nats", rest = ""] = /^(?:([a-z]+):\/\/)?(.*)$/is.exec(text) ?? [];
  if (rest.includes("@")) {
    const fault = "must not hold a user name or password: use NATS_USERNAME and NATS_PASSWORD";
    return { fault, hide: true };
  }
  if (!/^(nats|tls)$/i.test(scheme)) return { fault: "must begin with nats:// or tls://" };
  const parts = splitHostPort(rest.replace(/\/$/, ""));
  if (!parts?.hostname) return { fault: "must be nats://host:port" };
  const host = parts.hostname.includes(":") ? `[${parts.hostname}]` : parts.hostname;
  return { value: `${scheme.toLowerCase()}://${host}:${parts.port ?? NATS_PORT}` };
}

function splitHostPort(text: string): { hostname: string; port?: number } | undefined {
  const match = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]*))(?::(\d{1,5}))?$/i.exec(text);
  if (!match) return undefined;
  const hostname = match[1] ?? match[2] ?? "";
  if (match[3] === undefined) return { hostname };
  const port = Number(match[3]);
  return port >= 1 && port <= 65535 ? { hostname, port } : undefined;
}
