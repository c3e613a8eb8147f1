import { containerdNeedsRoot } from "../servers/containerd.ts";
import { openBuildah } from "./image_buildah.ts";
import { buildWithDocker, hasDocker } from "./image_docker.ts";
import { type ImageName, type ImageSource, readImageSource } from "./image_source.ts";
import type { PushedImage } from "./images.ts";
import { type OciImage, pushOciImage, readOciLayout } from "./oci_layout.ts";
import type { Registry } from "../servers/registry.ts";
import { cacheFolder, inCache } from "../tools/tool_cache.ts";
import { ToolUnavailableError } from "../tools/tools.ts";

/** Both images of the Dockerfile, for this machine's architecture. */
export type BuiltImages = Readonly<Record<ImageName, OciImage>>;

const PREFIX = "images-";

/** Builds of other sources that stay in the cache. */
const KEPT = 2;

/**
 * Builds both images: with Docker where a daemon answers, else with buildah and stand-ins for the
 * base images. The cache keeps the result for as long as nothing changes that is built in. Throws
 * `ToolUnavailableError` where neither can be done.
 */
export async function buildImages(): Promise<BuiltImages> {
  for (;;) {
    const source = await readImageSource();
    const key = `${PREFIX}${source.hash}-${await hasDocker() ? "docker" : "buildah"}`;
    try {
      const folder = await inCache(key, (target) => buildInto(target, source));
      await removeOld(key);
      return await readBuilt(folder);
    } catch (error) {
      if (!(error instanceof SourceChangedError)) throw error;
    }
  }
}

/** Builds both images into a folder, whatever the cache holds. */
export async function buildImagesInto(folder: string): Promise<BuiltImages> {
  await buildInto(folder, await readImageSource());
  return await readBuilt(folder);
}

/** Somebody edits while we build: the result would be neither what was nor what is. */
class SourceChangedError extends Error {
  override name = "SourceChangedError";
}

async function buildInto(folder: string, source: ImageSource): Promise<void> {
  if (await hasDocker()) {
    await buildWithDocker("controller", `${folder}/controller`, source);
    await buildWithDocker("agent", `${folder}/agent`, source);
  } else {
    await using buildah = await openBuildah(source);
    await buildah.build("controller", `${folder}/controller`);
    await buildah.build("agent", `${folder}/agent`);
  }
  if ((await readImageSource()).hash !== source.hash) {
    throw new SourceChangedError("Cannot keep the images: a source changed while they were built");
  }
}

async function readBuilt(folder: string): Promise<BuiltImages> {
  return {
    controller: await readOciLayout(`${folder}/controller`),
    agent: await readOciLayout(`${folder}/agent`),
  };
}

/** Why the images cannot be built here, or undefined. */
export async function whyNoImages(): Promise<string | undefined> {
  if (await hasDocker()) return undefined;
  if (Deno.build.arch !== "x86_64") return "without Docker there is a denort for x86_64 only";
  if (containerdNeedsRoot() !== undefined) {
    return "buildah needs root; run with sudo, or start Docker";
  }
  try {
    await buildImages();
    return undefined;
  } catch (error) {
    if (error instanceof ToolUnavailableError) return error.message;
    throw error;
  }
}

/** Pushes a built image to a registry; `bytes` is what a node downloads of it. */
export async function pushBuiltImage(
  image: OciImage,
  registry: string | Registry,
  repository: string,
  tag: string,
): Promise<PushedImage & { readonly bytes: number }> {
  return { ...await pushOciImage(image, registry, repository, tag), bytes: image.bytes };
}

/**
 * Others may be at builds that were made of other sources a moment ago: the newest stay. And others
 * may be removing the old ones right now.
 */
async function removeOld(current: string): Promise<void> {
  const others: { readonly name: string; readonly made: number }[] = [];
  for await (const { name, isDirectory } of Deno.readDir(cacheFolder())) {
    if (!isDirectory || !name.startsWith(PREFIX) || name === current) continue;
    if (name.includes(".partial-")) continue;
    const info = await Deno.stat(`${cacheFolder()}/${name}`).catch(unlessGone);
    if (info !== undefined) others.push({ name, made: info.mtime?.getTime() ?? 0 });
  }
  others.sort((a, b) => b.made - a.made);
  for (const { name } of others.slice(KEPT)) {
    await Deno.remove(`${cacheFolder()}/${name}`, { recursive: true }).catch(unlessGone);
    await Deno.remove(`${cacheFolder()}/${name}.lock`).catch(() => {});
  }
}

function unlessGone(error: unknown): undefined {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
