import { parse } from "smol-toml";
import * as v from "valibot";
import type { ClientFiles } from "./hosts_folder.ts";
import { parseGoDuration } from "../go_duration.ts";
import {
  defaultHost,
  type HostTrust,
  isBlockedPort,
  type RegistryHost,
  tlsOverHttp,
  type Unspoken,
} from "./registry_host.ts";
import { messageOf } from "../message_of.ts";

/** Where a hosts.toml lies, and for which registry it is read. */
export interface HostsFilePlace {
  readonly folder: string;
  readonly registry: string;
}

const entry = {
  "capabilities": v.exactOptional(v.array(v.pipe(
    v.string(),
    v.toLowerCase(),
    v.picklist(["pull", "resolve", "push", "referrers"]),
  ))),
  "ca": v.exactOptional(v.union([v.string(), v.array(v.string())])),
  "client": v.exactOptional(
    v.union([v.string(), v.array(v.union([v.string(), v.strictTuple([v.string(), v.string()])]))]),
  ),
  "skip_verify": v.exactOptional(v.boolean()),
  "header": v.exactOptional(
    v.record(
      v.pipe(v.string(), v.regex(/^[\w!#$%&'*+.^`|~-]+$/)),
      v.union([v.string(), v.array(v.string())]),
    ),
  ),
  "override_path": v.exactOptional(v.boolean()),
  // containerd 1.x and 2.0 do not know it; an empty one is none.
  "dial_timeout": v.exactOptional(
    v.pipe(v.string(), v.check((text) => text === "" || parseGoDuration(text) !== undefined)),
  ),
};
const entrySchema = v.strictObject(entry);
const fileSchema = v.strictObject({
  ...entry,
  "server": v.exactOptional(v.string()),
  "host": v.exactOptional(v.record(v.string(), entrySchema)),
});
type Entry = v.InferOutput<typeof entrySchema>;

/**
 * Reads a hosts.toml as containerd does (`parseHostsFile` of core/remotes/docker/config): its hosts
 * in their order, the registry's own server last. What the relay has no way to do, or would have to
 * guess at, is left to containerd.
 */
export function parseHostsFile(
  text: string,
  { folder, registry }: HostsFilePlace,
): readonly RegistryHost[] | Unspoken {
  const file = `${folder}/hosts.toml`;
  let parsed: unknown;
  try {
    parsed = parse(text);
  } catch (error) {
    const [reason] = messageOf(error).split("\n");
    return { direct: `${file} cannot be read: ${reason}` };
  }
  const result = v.safeParse(fileSchema, parsed);
  if (!result.success) {
    const [issue] = result.issues;
    return { direct: `${file} says more than is known: ${v.getDotPath(issue)}: ${issue.message}` };
  }
  const { host = {}, server = "", ...own } = result.output;
  const hosts: RegistryHost[] = [];
  for (const [url, entry] of [...Object.entries(host), [server, own] as const]) {
    if (url !== server && !isTable(text, url)) {
      return { direct: `${file} names "${url}" otherwise than in a table of its own` };
    }
    const read = readHost(url, entry, { folder, registry });
    if ("direct" in read) return { direct: `${file}: ${read.direct}` };
    hosts.push(read);
  }
  return hosts;
}

/** containerd finds hosts by the headers of their tables alone: `getSortedHosts`. */
function isTable(text: string, url: string): boolean {
  const quoted = url.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^[ \\t]*\\[[ \\t]*"?host"?[ \\t]*\\.[ \\t]*["']${quoted}["']`, "m").test(text);
}

function readHost(
  url: string,
  entry: Entry,
  { folder, registry }: HostsFilePlace,
): RegistryHost | Unspoken {
  if (entry["skip_verify"] === true) {
    return { direct: `certificates of ${url || registry} are not verified (skip_verify)` };
  }
  const clients = clientsOf(entry, folder);
  const [client] = clients;
  if (clients.length > 1) {
    return { direct: `there are ${clients.length} client certificates for ${url || registry}` };
  }
  const trust: HostTrust = {
    caFiles: [entry.ca ?? []].flat().map((file) => absolute(file, folder)),
    client,
    headers: headersOf(entry),
    // 0 is no limit, as for Go's net.Dialer
    dialTimeoutMs: parseGoDuration(entry["dial_timeout"] ?? "") || undefined,
  };
  if (url === "") return defaultHost(registry, trust);
  const text = url.startsWith("http") ? url : `https://${url}`;
  const [, scheme, address, path = ""] = URL_PARTS.exec(text) ?? [];
  if (scheme === undefined || address === undefined || !URL.canParse(text)) {
    return { direct: `"${url}" is not an address of http or https` };
  }
  const hasTls = trust.caFiles.length > 0 || client !== undefined || "skip_verify" in entry;
  if (scheme === "http" && hasTls && !/:80$/.test(address)) return tlsOverHttp(address);
  const root = `${scheme}://${address}${rootPath(path, entry["override_path"] ?? false)}`;
  if (isBlockedPort(root)) return { direct: `the port of ${address} is one that fetch blocks` };
  const may = entry.capabilities ?? [];
  return {
    address,
    root,
    resolves: may.length === 0 || may.includes("resolve"),
    pulls: may.length === 0 || may.includes("pull"),
    mirror: address !== (registry === "docker.io" ? "registry-1.docker.io" : registry),
    ...trust,
  };
}

/** Scheme, host with port, path: what containerd takes of an address. */
const URL_PARTS = /^(https?):\/\/(?:[^/?#@]*@)?([^/?#@\s]*[^/?#@\s:])(?=[/?#]|$)([^?#\s]*)/;

function rootPath(path: string, override: boolean): string {
  const clean = new URL(path || "/", "http://host").pathname.replace(/\/{2,}/g, "/")
    .replace(/\/$/, "");
  return override || clean.endsWith("/v2") ? clean : `${clean}/v2`;
}

function clientsOf({ client = [] }: Entry, folder: string): ClientFiles[] {
  const pairs = typeof client === "string" ? [client] : client;
  return pairs.map((pair) => {
    const [certFile, keyFile = certFile] = typeof pair === "string" ? [pair] : pair;
    return { certFile: absolute(certFile, folder), keyFile: absolute(keyFile, folder) };
  });
}

function headersOf({ header = {} }: Entry): RegistryHost["headers"] {
  return Object.entries(header).flatMap(([name, values]) =>
    [values].flat().map((value): [string, string] => [name, value])
  );
}

function absolute(path: string, folder: string): string {
  return path.startsWith("/") ? path : `${folder}/${path}`;
}
