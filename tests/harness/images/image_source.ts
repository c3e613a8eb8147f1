import { inheritedFlags } from "../../../mod/build/offline_flags.ts";
import { CTR } from "../tools/go_pins.ts";
import { REPOSITORY } from "../programs.ts";

/** Targets of the Dockerfile. */
export type ImageName = "controller" | "agent";

/** What images are built of. */
export interface ImageSource {
  readonly version: string;
  readonly revision: string;
  /** What the Dockerfile gives to `go install`. */
  readonly ctrPackage: string;
  /** Whether they are built with the stand-ins for @std packages, as this process runs with them. */
  readonly offline: boolean;
  /** Changes when anything changes that is built in. */
  readonly hash: string;
}

/** Reads the repository's own. */
export async function readImageSource(): Promise<ImageSource> {
  const { version } = JSON.parse(await Deno.readTextFile(`${REPOSITORY}deno.json`));
  const ctrPackage = `${CTR.package}@${CTR.version}`;
  const dockerfile = await Deno.readTextFile(`${REPOSITORY}Dockerfile`);
  if (!dockerfile.includes(`ARG CTR_VERSION=${CTR.version}\n`)) {
    throw new Error(`The Dockerfile's CTR_VERSION differs from "${CTR.version}" in go_pins.ts`);
  }
  const offline = inheritedFlags().length > 0;
  const hash = await hashOf(await contextFiles(), offline);
  return { version, revision: "lab", ctrPackage, offline, hash };
}

/** Files that a build can see, and those that decide how it runs. */
async function contextFiles(): Promise<string[]> {
  const ignore = await Deno.readTextFile(`${REPOSITORY}.dockerignore`);
  const allowed = [...ignore.matchAll(/^!(.+)$/gm)].map(([, path = ""]) => path);
  const files = ["Dockerfile", ".dockerignore"];
  for (const path of allowed) files.push(...await filesOf(path));
  for (const path of await filesOf("tests/harness")) {
    if (/\/(image_|denort|go_builds)[^/]*\.ts$/.test(path)) files.push(path);
  }
  return files.sort();
}

async function filesOf(path: string): Promise<string[]> {
  if ((await Deno.stat(`${REPOSITORY}${path}`)).isFile) return [path];
  const entries = await Array.fromAsync(Deno.readDir(`${REPOSITORY}${path}`));
  return (await Promise.all(entries.map(({ name }) => filesOf(`${path}/${name}`)))).flat();
}

async function hashOf(files: readonly string[], offline: boolean): Promise<string> {
  const contents = files.map((path) => Deno.readFile(`${REPOSITORY}${path}`));
  const parts = (await Promise.all(contents)).flatMap((bytes, n) => [`${files[n]}\0`, bytes]);
  const whole = await new Blob([Deno.build.arch, String(offline), ...parts]).arrayBuffer();
  return new Uint8Array(await crypto.subtle.digest("SHA-256", whole)).toHex().slice(0, 16);
}
