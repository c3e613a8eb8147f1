import { messageOf } from "../../pure/message_of.ts";

/** Folders of hosts.toml files, one for each pull that runs. */
export interface HostsFolder {
  /** Writes what leads to `url`. Throws `HostsFolderError`. */
  add(name: string, url: string): Promise<string>;
  remove(name: string): Promise<void>;
}

/** What concerns running pulls cannot be kept; the message says what to do. */
export class HostsFolderError extends Error {
  override readonly name = "HostsFolderError";
}

/** Names that the relay gives: only these are ever removed. */
const NAME = /^[0-9a-f]{32}$/;

/** Keeps them in `<folder>/pulls`, for root alone, as a name in them is a right to read an image. */
export function openHostsFolder(folder: string): HostsFolder {
  const pulls = `${folder}/pulls`;
  let prepared: Promise<void> | undefined;
  const prepare = async () => {
    await Deno.mkdir(pulls, { recursive: true, mode: 0o700 });
    await Deno.chmod(pulls, 0o700);
    await removeLeftovers(pulls);
  };
  return {
    async add(name, url) {
      try {
        await (prepared ??= prepare());
        await writeHostsFile(`${pulls}/${name}`, url);
        return `${pulls}/${name}`;
      } catch (error) {
        prepared = undefined;
        throw new HostsFolderError(
          `Cannot keep what concerns pulls in "${pulls}": ${messageOf(error)}; --relay-dir names ` +
            "another folder, --relay off does without",
        );
      }
    },
    async remove(name) {
      await Deno.remove(`${pulls}/${name}`, { recursive: true }).catch(() => {});
    },
  };
}

/**
 * For containerd 1.6 to 2.4: without a [host] table 1.x ignores the file, and without `server` it
 * asks the registry itself where the relay has said no.
 */
async function writeHostsFile(hostsDir: string, url: string): Promise<void> {
  const folder = `${hostsDir}/_default`;
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  const rights = ['capabilities = ["pull", "resolve"]', "override_path = true"];
  const lines = [`server = "${url}"`, ...rights, `[host."${url}"]`, ...rights];
  await Deno.writeTextFile(`${folder}/hosts.toml`, lines.join("\n") + "\n", { mode: 0o600 });
}

/** Removes what an agent has left that was killed: where it listened, nobody does any more. */
async function removeLeftovers(pulls: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(pulls)) {
    if (!isDirectory || !NAME.test(name)) continue;
    const path = `${pulls}/${name}`;
    if (!await isServed(path)) await Deno.remove(path, { recursive: true });
  }
}

/** Another agent may run on this folder, such as the one that this one is about to replace. */
async function isServed(path: string): Promise<boolean> {
  const file = await Deno.readTextFile(`${path}/_default/hosts.toml`).catch(() => "");
  const port = /^server = "http:\/\/127\.0\.0\.1:(\d+)\//.exec(file)?.[1];
  if (port === undefined) return false;
  try {
    using _connection = await Deno.connect({ hostname: "127.0.0.1", port: Number(port) });
    return true;
  } catch {
    return false;
  }
}
