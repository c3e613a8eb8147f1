import { runCommand } from "../commands.ts";
import { sha256 } from "./image_layers.ts";
import type { PushedImage } from "./images.ts";
import { pushTarget } from "./registry_push.ts";
import type { Registry } from "../servers/registry.ts";

/** What a manifest says of a blob. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/** An image in a folder of the OCI layout. */
export interface OciImage {
  readonly folder: string;
  readonly mediaType: string;
  readonly digest: string;
  readonly layers: readonly Descriptor[];
  readonly config: ImageConfig;
  /** What a node downloads: manifest, config and layers. */
  readonly bytes: number;
}

/** What containers of an image start with, as far as tests ask. */
export interface ImageConfig {
  readonly os: string;
  readonly architecture: string;
  readonly config: {
    readonly User?: string;
    readonly Entrypoint?: readonly string[];
    readonly Labels?: Readonly<Record<string, string>>;
  };
  readonly rootfs: { readonly "diff_ids": readonly string[] };
}

/** Reads the one image of a layout. */
export async function readOciLayout(folder: string): Promise<OciImage> {
  const index = JSON.parse(await Deno.readTextFile(`${folder}/index.json`));
  const { mediaType, digest, size } = await manifestOf(folder, index);
  const { config, layers } = await readJson(folder, digest) as {
    config: Descriptor;
    layers: Descriptor[];
  };
  return {
    folder,
    mediaType,
    digest,
    layers,
    config: await readJson(folder, config.digest) as ImageConfig,
    bytes: [config, ...layers].reduce((sum, blob) => sum + blob.size, size),
  };
}

/** Pushes it to a registry, as it is. */
export async function pushOciImage(
  image: OciImage,
  registry: string | Registry,
  repository: string,
  tag: string,
): Promise<PushedImage> {
  using target = await pushTarget(registry);
  const manifest = await Deno.readFile(blobPath(image.folder, image.digest));
  const { config } = JSON.parse(new TextDecoder().decode(manifest)) as { config: Descriptor };
  for (const { digest } of [config, ...image.layers]) {
    await target.putBlob(repository, digest, await Deno.readFile(blobPath(image.folder, digest)));
  }
  await target.putManifest(repository, tag, image.mediaType, manifest);
  return { reference: `${target.host}/${repository}:${tag}`, digest: await sha256(manifest) };
}

/** Unpacks its layers one over the other, as a container sees them. */
export async function unpackOciImage(image: OciImage, folder: string): Promise<void> {
  for (const { digest } of image.layers) {
    const args = ["-xf", blobPath(image.folder, digest), "-C", folder];
    const { code, stderr } = await runCommand("tar", args);
    if (code !== 0) throw new Error(`Cannot unpack layer "${digest}": ${stderr.trim()}`);
  }
}

/** Where a layout keeps a blob. */
export function blobPath(folder: string, digest: string): string {
  return `${folder}/blobs/${digest.replace(":", "/")}`;
}

/** Docker wraps the manifest into an index, beside notes on how it was built. */
async function manifestOf(
  folder: string,
  index: { readonly manifests: readonly (Descriptor & { platform?: { os: string } })[] },
): Promise<Descriptor> {
  const images = index.manifests.filter(({ platform }) => platform?.os !== "unknown");
  const [descriptor] = images;
  if (descriptor === undefined || images.length > 1) {
    throw new Error(`Cannot read "${folder}": it holds ${images.length} images instead of one`);
  }
  if (!descriptor.mediaType.includes("index")) return descriptor;
  return await manifestOf(folder, JSON.parse(await readText(folder, descriptor.digest)));
}

async function readJson(folder: string, digest: string): Promise<unknown> {
  return JSON.parse(await readText(folder, digest));
}

function readText(folder: string, digest: string): Promise<string> {
  return Deno.readTextFile(blobPath(folder, digest));
}
