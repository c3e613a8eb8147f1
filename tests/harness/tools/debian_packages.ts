import { onPath, runCommand } from "../commands.ts";
import { progress } from "../progress.ts";
import { cacheFolder, inCache, lock } from "./tool_cache.ts";
import { ToolUnavailableError } from "./tool_errors.ts";

/** A package of one Debian release; several versions of it can be unpacked side by side. */
export interface DebianPackage {
  readonly name: string;
  readonly suite: "bookworm" | "trixie";
}

/** The key of a package in the cache. */
export function packageKey(wanted: Pick<DebianPackage, "name" | "suite">): string {
  return `debian-${wanted.suite}-${wanted.name}`;
}

/** A program with all that it needs, in one folder. */
export interface DebianProgram extends DebianPackage {
  /** Packages beside those that it depends on. */
  readonly also?: readonly string[];
  /** Packages that apt shall take for installed, with what they alone depend on. */
  readonly without: readonly string[];
}

/**
 * Resolves to the folder into which the package is unpacked, downloading it once with an apt
 * configuration of our own: the system's apt is asked for its mirror and never changed.
 */
export function obtainPackage(wanted: DebianPackage): Promise<string> {
  return obtain(wanted, ["download", wanted.name]);
}

/** Resolves to the folder into which a program is unpacked with the packages that it depends on. */
export function obtainProgram(wanted: DebianProgram): Promise<string> {
  const packages = [wanted.name, ...wanted.also ?? []];
  const args = ["install", "--yes", "--download-only", "--no-install-recommends", ...packages];
  return obtain(wanted, args, wanted.without);
}

/** Fills a folder with the packages that apt-get downloads by `args`, once. */
function obtain(
  wanted: DebianPackage,
  args: readonly string[],
  installed: readonly string[] = [],
): Promise<string> {
  return inCache(packageKey(wanted), async (folder) => {
    for (const command of ["apt-get", "dpkg"]) {
      if (onPath(command) !== undefined) continue;
      throw new ToolUnavailableError(
        `Cannot obtain "${wanted.name}": "${command}" is not on PATH; install "${wanted.name}" yourself and put it on PATH`,
      );
    }
    progress(`${wanted.name}: fetching the Debian package of "${wanted.suite}"`);
    for (const deb of await download(wanted, { folder, args, installed })) {
      await must("dpkg", ["-x", deb, folder], `Cannot unpack "${wanted.name}"`);
      await Deno.remove(deb);
    }
  });
}

/** Downloads packages; lists that are too old to know today's files are refreshed once. */
async function download(
  wanted: DebianPackage,
  { folder, args, installed }: {
    readonly folder: string;
    readonly args: readonly string[];
    readonly installed: readonly string[];
  },
): Promise<string[]> {
  using _lock = await lock(`apt-${wanted.suite}`);
  const options = [...await aptOptions(wanted.suite, installed)];
  const lists = await hasLists(wanted.suite);
  if (!lists) await update(wanted, options);
  await Deno.mkdir(`${folder}/partial`);
  const all = [...options, "-o", `Dir::Cache::archives=${folder}`, ...args];
  const result = await runCommand("apt-get", all, { cwd: folder });
  if (result.code !== 0) {
    if (lists) await update(wanted, options);
    await must("apt-get", all, `Cannot download "${wanted.name}"`, folder);
  }
  await Deno.remove(`${folder}/partial`, { recursive: true });
  const names = (await Array.fromAsync(Deno.readDir(folder))).map((entry) => entry.name);
  const debs = names.filter((name) => name.endsWith(".deb")).map((name) => `${folder}/${name}`);
  if (debs.length > 0) return debs;
  throw new ToolUnavailableError(`Cannot download "${wanted.name}": apt-get left no package file`);
}

async function update(wanted: DebianPackage, options: string[]): Promise<void> {
  progress(`${wanted.name}: reading the package lists of "${wanted.suite}"`);
  await must(
    "apt-get",
    // Without this, apt-get says 0 when it could not fetch a list.
    [...options, "--error-on=any", "update"],
    `Cannot read Debian's package lists of "${wanted.suite}"`,
  );
}

/** Given on the command line, as files in the system's `apt.conf.d` would override a file of ours. */
async function aptOptions(suite: string, installed: readonly string[]): Promise<string[]> {
  const folder = aptFolder(suite);
  await Deno.mkdir(`${folder}/lists/partial`, { recursive: true });
  await Deno.mkdir(`${folder}/cache/archives/partial`, { recursive: true });
  await Deno.writeTextFile(`${folder}/status`, installed.map(statusOf).join("\n"));
  await Deno.writeTextFile(
    `${folder}/sources.list`,
    `deb ${await signedBy()}${await debianMirror()} ${suite} main\n`,
  );
  return [
    `Dir::Etc::sourcelist=${folder}/sources.list`,
    "Dir::Etc::sourceparts=/dev/null",
    `Dir::State=${folder}`,
    `Dir::State::lists=${folder}/lists`,
    `Dir::State::status=${folder}/status`,
    `Dir::Cache=${folder}/cache`,
    "APT::Sandbox::User=root",
    "Acquire::Languages=none",
    "Acquire::GzipIndexes=true",
    "Acquire::Retries=3",
  ].flatMap((option) => ["-o", option]).concat("-qq");
}

/** What dpkg notes of an installed package; of a version that is new enough for everyone. */
function statusOf(name: string): string {
  return `Package: ${name}
Status: install ok installed
Version: 9999
Architecture: ${Deno.build.arch === "aarch64" ? "arm64" : "amd64"}
Multi-Arch: same
Maintainer: none
Description: taken for installed
`;
}

async function hasLists(suite: string): Promise<boolean> {
  for await (const entry of Deno.readDir(`${aptFolder(suite)}/lists`)) {
    if (entry.name.includes("_Packages")) return true;
  }
  return false;
}

/** The address this machine's own apt uses for Debian: it may be a mirror, or behind a proxy. */
async function debianMirror(): Promise<string> {
  const { stdout } = await runCommand("apt-get", ["indextargets", "--format", "$(SITE)"]);
  const mirror = stdout.split("\n").find((site) => /\/debian\/?$/.test(site));
  if (mirror !== undefined) return mirror;
  throw new ToolUnavailableError(
    'Cannot obtain Debian packages: none of apt\'s sources ends in "/debian"; use a Debian machine, or install nats-server, docker-registry and containerd yourself and put them on PATH',
  );
}

async function signedBy(): Promise<string> {
  const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
  const info = await Deno.stat(keyring).catch(() => undefined);
  return info === undefined ? "" : `[signed-by=${keyring}] `;
}

function aptFolder(suite: string): string {
  return `${cacheFolder()}/apt-${suite}`;
}

async function must(command: string, args: string[], failure: string, cwd?: string): Promise<void> {
  const result = await runCommand(command, args, cwd === undefined ? {} : { cwd });
  if (result.code === 0) return;
  const why = (result.stderr || result.stdout).trim().slice(-1000);
  throw new ToolUnavailableError(`${failure}: ${why}`);
}
