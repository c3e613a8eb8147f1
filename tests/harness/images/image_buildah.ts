import { onPath, runCommand } from "../commands.ts";
import { makeStandIns, type StandIn } from "./image_bases.ts";
import { compilersAndCaches, type Mount } from "./image_caches.ts";
import type { ImageName, ImageSource } from "./image_source.ts";
import { unmountBelow } from "../mounts.ts";
import { progress } from "../progress.ts";
import { REPOSITORY } from "../programs.ts";
import { ToolUnavailableError } from "../tools/tools.ts";

/** Builds images of the Dockerfile without a daemon; disposing removes all that is not its output. */
export interface Buildah extends AsyncDisposable {
  /** Builds one target into a folder of the OCI layout. */
  build(target: ImageName, folder: string): Promise<void>;
  /** Builds one stage for another architecture and copies a file out of it. */
  extract(stage: string, architecture: string, path: string, to: string): Promise<void>;
}

/** Prepares stand-ins for the base images, in a store of its own. */
export async function openBuildah(source: ImageSource): Promise<Buildah> {
  if (onPath("buildah") === undefined) {
    throw new ToolUnavailableError("Cannot build images: start Docker, or install buildah");
  }
  const mounts = await compilersAndCaches(source.ctrPackage);
  const work = await Deno.makeTempDir({ prefix: "warm-images-buildah-" });
  const removeStray = await strayCache();
  const dispose = async () => {
    await unmountBelow(work);
    await Deno.remove(work, { recursive: true });
    await removeStray();
  };
  const run = (...args: string[]) => buildah(work, args);
  try {
    const standIns = await makeStandIns(`${work}/bases`);
    for (const standIn of standIns) await addStandIn(run, work, standIn);
    const common = [...commonFlags(source, standIns), ...mounts.flatMap(volume)];
    return {
      build: async (target, folder) => {
        progress(`${target}: building its image with buildah`);
        await run("bud", ...common, "--target", target, "--tag", target, ".");
        await run("push", "--quiet", target, `oci:${folder}:${target}`);
      },
      extract: async (stage, architecture, path, to) => {
        // The stand-ins are of this machine, whatever is compiled in them.
        const flags = ["--build-arg", `TARGETARCH=${architecture}`, "--target", stage];
        await run("bud", ...common, ...flags, "--tag", `${stage}-${architecture}`, ".");
        const container = (await run("from", "--pull-never", `${stage}-${architecture}`)).trim();
        const mounted = (await run("mount", container)).trim();
        await Deno.copyFile(`${mounted}${path}`, to);
        await run("rm", container);
      },
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

function commonFlags(source: ImageSource, standIns: readonly StandIn[]): string[] {
  const values = {
    ...Object.fromEntries(standIns.map(({ argument }) => [argument, nameOf(argument)])),
    VERSION: source.version,
    REVISION: source.revision,
    ...(source.offline && { WARM_IMAGES_OFFLINE: "1" }),
  };
  return [
    ...["--isolation", "chroot", "--network", "host", "--layers", "--pull-never"],
    ...["--quiet", "--timestamp", "0", "--identity-label=false"],
    ...Object.entries(values).flatMap(([name, value]) => ["--build-arg", `${name}=${value}`]),
  ];
}

function volume({ from, to, readOnly = false }: Mount): string[] {
  return ["--volume", `${from}:${to}${readOnly ? ":ro" : ""}`];
}

async function addStandIn(
  run: (...args: string[]) => Promise<string>,
  work: string,
  { argument, folder, env }: StandIn,
): Promise<void> {
  const file = `${work}/${argument}`;
  const variables = Object.entries(env).map(([name, value]) => `ENV ${name}=${value}\n`);
  await Deno.writeTextFile(file, `FROM scratch\nCOPY . /\n${variables.join("")}`);
  const flags = ["--isolation", "chroot", "--quiet", "--timestamp", "0", "--file", file];
  await run("bud", ...flags, "--tag", nameOf(argument), folder);
}

function nameOf(argument: string): string {
  return `localhost/${argument.toLowerCase().replace("_", "-")}`;
}

/** buildah notes where blobs came from, outside of any store it is given. Gives what removes that. */
async function strayCache(): Promise<() => Promise<void>> {
  const folder = "/var/lib/containers";
  const paths = [`${folder}/cache/blob-info-cache-v1.boltdb`, `${folder}/cache`, folder];
  if (await Deno.stat(folder).then(() => true, () => false)) return () => Promise.resolve();
  return async () => {
    for (const path of paths) await Deno.remove(path).catch(() => {}); // stays when others use it
  };
}

/** With a store below `work`, not that of the machine. */
async function buildah(work: string, args: readonly string[]): Promise<string> {
  const store = ["--root", `${work}/store`, "--runroot", `${work}/run`];
  const { code, stdout, stderr } = await runCommand("buildah", [...store, ...args], {
    cwd: REPOSITORY,
    env: { STORAGE_DRIVER: "overlay", TMPDIR: work },
  });
  if (code === 0) return stdout;
  throw new Error(`Cannot build images: buildah ${args[0]}: ${stderr.trim().slice(-4000)}`);
}
