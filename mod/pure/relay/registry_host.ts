import type { ClientFiles } from "./hosts_folder.ts";

/** A host that serves a registry's images: the registry itself, or a mirror. */
export interface RegistryHost {
  /** Host and port as they are written, such as `mirror.example:5000`: for a person. */
  readonly address: string;
  /** Where the API begins, without a slash at its end, such as `https://mirror.example/v2`. */
  readonly root: string;
  /** Whether it may say what a tag stands for. */
  readonly resolves: boolean;
  /** Whether it may be asked for manifests by digest, and for blobs. */
  readonly pulls: boolean;
  /** It serves more than this registry, and is told which is meant (`?ns=`). */
  readonly mirror: boolean;
  /** Files with authorities that are trusted beside the usual ones. */
  readonly caFiles: readonly string[];
  readonly client?: ClientFiles | undefined;
  /** Sent along with each request to this host, and to no other. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** How long a connection to it may take to be accepted, in ms. */
  readonly dialTimeoutMs?: number | undefined;
}

/** Why pulls from a registry have to go without the relay; completes "… by itself: ". */
export interface Unspoken {
  readonly direct: string;
}

/** What a folder may say of the host that is asked when none is named. */
export type HostTrust = Pick<RegistryHost, "caFiles" | "client" | "headers" | "dialTimeoutMs">;

/** Without a word on it in any file. */
export const NO_TRUST: HostTrust = { caFiles: [], headers: [] };

/**
 * The registry itself, where no file names a host: over https, but for the loopback address
 * (`ConfigureHosts` of containerd's core/remotes/docker/config).
 */
export function defaultHost(registry: string, trust: HostTrust): RegistryHost | Unspoken {
  if (registry === "docker.io") return hostOf("https", "registry-1.docker.io", trust);
  if (!isLoopback(registry)) return hostOf("https", registry, trust);
  const port = /:(\d+)$/.exec(registry)?.[1];
  // There containerd trusts any certificate; at other ports it falls back to plain http as well.
  if (port === undefined || port === "443") {
    return { direct: `certificates of ${registry} are not verified` };
  }
  if (trust.caFiles.length > 0 || trust.client !== undefined) return tlsOverHttp(registry);
  return hostOf("http", registry, trust);
}

/** containerd tries https first there, and falls back. */
export function tlsOverHttp(address: string): Unspoken {
  return { direct: `there are certificates for ${address}, which is spoken to over plain http` };
}

/** Whether a host, with or without a port, is this machine (`IsLocalhost` of containerd). */
export function isLoopback(host: string): boolean {
  const name = host.replace(/:\d+$/, "");
  return name === "localhost" || /^127\.\d+\.\d+\.\d+$/.test(name) || name === "[::1]";
}

/** Whether fetch refuses to speak to a port, which Go does not (WHATWG Fetch, "port blocking"). */
export function isBlockedPort(root: string): boolean {
  return BLOCKED_PORTS.has(Number(new URL(root).port));
}

/** Those above 1023; below, only 1 to 995 with many gaps, where no registry is. */
const BLOCKED_PORTS: ReadonlySet<number> = new Set([
  ...[1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668],
  ...[6669, 6679, 6697, 10080],
]);

function hostOf(scheme: string, address: string, trust: HostTrust): RegistryHost {
  const root = `${scheme}://${address}/v2`;
  return { address, root, resolves: true, pulls: true, mirror: false, ...trust };
}
