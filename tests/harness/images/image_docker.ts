import { onPath, runCommand } from "../commands.ts";
import { compressLayout } from "./image_docker_layout.ts";
import type { ImageName, ImageSource } from "./image_source.ts";
import { progress } from "../progress.ts";
import { REPOSITORY } from "../programs.ts";

/** What an image tells of itself, and what it runs on. */
export interface DockerBuildOptions {
  readonly version?: string;
  readonly revision?: string;
  /** Whether the stand-ins take the place of @std packages. */
  readonly offline?: boolean;
  /** Such as "linux/arm64"; default: that of the daemon. */
  readonly platform?: string;
}

/** Arguments of `docker`, run in the repository's folder, that build a target under a name. */
export function dockerBuildArguments(
  target: ImageName,
  tag: string,
  { version = "unknown", revision = "unknown", offline = false, platform }: DockerBuildOptions = {},
): string[] {
  return [
    "build",
    ...["--target", target, "--tag", tag],
    ...(platform === undefined ? [] : ["--platform", platform]),
    ...["--build-arg", `VERSION=${version}`, "--build-arg", `REVISION=${revision}`],
    ...(offline ? ["--build-arg", "WARM_IMAGES_OFFLINE=1"] : []),
    // Notes on the build would make an index of the image, which some tools do not load.
    "--provenance=false",
    ".",
  ];
}

/** Whether a Docker daemon answers. */
export async function hasDocker(): Promise<boolean> {
  if (onPath("docker") === undefined) return false;
  const signal = AbortSignal.timeout(10_000); // one that hangs does not
  const version = ["version", "--format", "{{.Server.Version}}"];
  const { code } = await runCommand("docker", version, { signal });
  return code === 0;
}

/** Builds a target into a folder of the OCI layout; Docker keeps nothing but its build cache. */
export async function buildWithDocker(
  target: ImageName,
  folder: string,
  { version, revision, offline, hash }: ImageSource,
  platform?: string,
): Promise<void> {
  progress(`${target}: building its image with Docker`);
  const tag = `warm-images-lab/${target}:${hash}`;
  const options = { version, revision, offline, ...(platform !== undefined && { platform }) };
  await docker(...dockerBuildArguments(target, tag, options));
  const archive = `${folder}.tar`;
  try {
    await docker("save", "--output", archive, tag);
    await Deno.mkdir(folder);
    const { code, stderr } = await runCommand("tar", ["-xf", archive, "-C", folder]);
    if (code !== 0) throw new Error(`Cannot unpack "${archive}": ${stderr.trim()}`);
  } finally {
    await Deno.remove(archive).catch(() => {});
    await docker("image", "rm", tag);
  }
  await compressLayout(folder);
}

async function docker(...args: string[]): Promise<void> {
  const { code, stderr } = await runCommand("docker", args, { cwd: REPOSITORY });
  if (code !== 0) throw new Error(`Cannot docker ${args[0]}: ${stderr.trim().slice(-4000)}`);
}
