import { messageOf } from "../../../pure/message_of.ts";
import { certificateBlocks } from "../../../pure/relay/certificate_blocks.ts";
import { parseHostsFile } from "../../../pure/relay/hosts_file.ts";
import {
  certificateFiles,
  type ClientFiles,
  hostsFolders,
} from "../../../pure/relay/hosts_folder.ts";
import {
  defaultHost,
  NO_TRUST,
  type RegistryHost,
  type Unspoken,
} from "../../../pure/relay/registry_host.ts";
import type { ClientTrust } from "./http_clients.ts";
import { isLedAstray } from "./proxy_settings.ts";
import type { OpenHost } from "./open_host.ts";

/** Where hosts are described, and what is trusted for all of them. */
export interface HostSources {
  /** Absolute path of the folder of hosts.toml files. */
  readonly hostsDir: string;
  /** Of this machine and of the agent, in PEM. */
  readonly authorities: readonly string[];
}

/** A file that is there and cannot be used: containerd is left to say so, or to manage. */
class UnusableFile extends Error {}

/**
 * Reads the hosts that serve a registry, in the order in which they are asked, the registry itself
 * last. Files are read anew each time, so an edit counts from the next pull on.
 */
export async function readRegistryHosts(
  registry: string,
  { hostsDir, authorities }: HostSources,
): Promise<readonly OpenHost[] | Unspoken> {
  try {
    const hosts = await describedHosts(registry, hostsDir);
    if ("direct" in hosts) return hosts;
    const astray = hosts.find(({ root }) => isLedAstray(new URL(root)));
    if (astray !== undefined) return { direct: `a proxy is between us and ${astray.address}` };
    return await Promise.all(hosts.map(async (host, index) => ({
      ...host,
      origin: index === hosts.length - 1,
      trust: await trustOf(host, authorities),
    })));
  } catch (error) {
    if (error instanceof UnusableFile) return { direct: error.message };
    throw error;
  }
}

async function describedHosts(
  registry: string,
  hostsDir: string,
): Promise<readonly RegistryHost[] | Unspoken> {
  const folder = await folderOf(registry, hostsDir);
  if (folder === undefined) return listed(defaultHost(registry, NO_TRUST));
  const text = await ifThere(`${folder}/hosts.toml`, Deno.readTextFile) ?? "";
  if (text !== "") return parseHostsFile(text, { folder, registry });
  const { caFiles, clients } = certificateFiles(folder, await fileNames(folder));
  if (clients.length > 1) {
    return { direct: `there are ${clients.length} client certificates in ${folder}` };
  }
  return listed(defaultHost(registry, { ...NO_TRUST, caFiles, client: clients[0] }));
}

function listed(host: RegistryHost | Unspoken): readonly RegistryHost[] | Unspoken {
  return "direct" in host ? host : [host];
}

async function folderOf(registry: string, hostsDir: string): Promise<string | undefined> {
  for (const name of hostsFolders(registry)) {
    const folder = `${hostsDir}/${name}`;
    if (await ifThere(folder, Deno.stat) !== undefined) return folder;
  }
  return undefined;
}

async function fileNames(folder: string): Promise<string[]> {
  const entries = await using(folder, () => Array.fromAsync(Deno.readDir(folder)));
  return entries.filter(({ isDirectory }) => !isDirectory).map(({ name }) => name);
}

async function trustOf(
  { caFiles, client }: RegistryHost,
  authorities: readonly string[],
): Promise<ClientTrust> {
  const own = await Promise.all(caFiles.map(readCertificates));
  const trust = {
    authorities: [...authorities, ...own.flat()],
    client: client && await readClient(client),
  };
  checkTrust(trust, [...caFiles, ...client ? [client.certFile] : []]);
  return trust;
}

async function readCertificates(path: string): Promise<string[]> {
  const blocks = certificateBlocks(await using(path, Deno.readTextFile));
  if (blocks.length === 0) throw new UnusableFile(`there is no certificate in ${path}`);
  return blocks;
}

async function readClient({ certFile, keyFile }: ClientFiles) {
  const [cert, key] = await Promise.all([
    using(certFile, Deno.readTextFile),
    using(keyFile, Deno.readTextFile),
  ]);
  return { cert, key };
}

/** Deno says only when a client is made whether it can use what it is given. */
function checkTrust({ authorities, client }: ClientTrust, files: readonly string[]): void {
  if (files.length === 0) return;
  try {
    Deno.createHttpClient({ caCerts: [...authorities], ...client }).close();
  } catch (error) {
    throw new UnusableFile(`${files.join(", ")} cannot be used: ${messageOf(error)}`);
  }
}

async function using<T>(path: string, read: (path: string) => Promise<T>): Promise<T> {
  const value = await ifThere(path, read);
  if (value === undefined) throw new UnusableFile(`there is no ${path}`);
  return value;
}

async function ifThere<T>(
  path: string,
  read: (path: string) => Promise<T>,
): Promise<T | undefined> {
  try {
    return await read(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw new UnusableFile(`cannot read ${path}: ${messageOf(error)}`);
  }
}
