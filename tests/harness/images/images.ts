import { buildLayer, type Layer, layerKey, type LayerSpec, sha256 } from "./image_layers.ts";
import { type PushTarget, pushTarget } from "./registry_push.ts";
import { HERE, type Platform } from "../servers/platform.ts";
import type { Registry } from "../servers/registry.ts";

export { HERE, type Platform };

export type { LayerSpec } from "./image_layers.ts";

/** How a container of the image starts unless told otherwise. */
export interface Start {
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly user?: string;
}

/** An image of one platform. */
export interface ImageSpec {
  readonly repository: string;
  readonly tag: string;
  readonly layers: readonly LayerSpec[];
  /** Default: linux, and the architecture of this machine. */
  readonly platform?: Platform;
  readonly start?: Start;
}

/** An image in the registry. */
export interface PushedImage {
  /** "127.0.0.1:PORT/repository:tag": canonical. */
  readonly reference: string;
  /** Digest of its manifest or index. */
  readonly digest: string;
}

/** Builds one small OCI image and pushes it to a registry ("127.0.0.1:PORT", or one of `startRegistry()`). */
export async function pushImage(
  registry: string | Registry,
  image: ImageSpec,
): Promise<PushedImage> {
  const [pushed] = await pushImages(registry, [image]);
  if (pushed === undefined) throw new Error(`Cannot push "${image.repository}"`);
  return pushed;
}

/** Pushes many images, eight at a time; a layer they share is built and sent once. */
export async function pushImages(
  registry: string | Registry,
  images: readonly ImageSpec[],
): Promise<PushedImage[]> {
  using target = await pushTarget(registry);
  const layers = sharedLayers(target);
  const pushed: PushedImage[] = [];
  const left = [...images.entries()];
  const worker = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const [index, image] = next;
      const { digest } = await pushManifest(target, image, layers, image.tag);
      pushed[index] = { reference: `${target.host}/${image.repository}:${image.tag}`, digest };
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  return pushed;
}

/** Pushes one image per platform and an index that lists them under the tag. */
export async function pushIndex(
  registry: string | Registry,
  index: {
    readonly repository: string;
    readonly tag: string;
    readonly images: readonly {
      readonly platform: Platform;
      readonly layers: readonly LayerSpec[];
    }[];
  },
): Promise<PushedImage> {
  using target = await pushTarget(registry);
  const { repository, tag } = index;
  const layers = sharedLayers(target);
  const manifests = [];
  for (const image of index.images) {
    const manifest = await pushManifest(target, { repository, tag, ...image }, layers);
    manifests.push({ ...manifest, platform: image.platform });
  }
  const type = "application/vnd.oci.image.index.v1+json";
  const bytes = json({ schemaVersion: 2, mediaType: type, manifests });
  await target.putManifest(repository, tag, type, bytes);
  return { reference: `${target.host}/${repository}:${tag}`, digest: await sha256(bytes) };
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

type LayerSource = (repository: string, spec: LayerSpec) => Promise<Layer>;

/** Builds each distinct layer once and sends it once per repository. */
function sharedLayers(target: PushTarget): LayerSource {
  const built = new Map<string, Promise<Layer>>();
  const sent = new Map<string, Promise<void>>();
  return async (repository, spec) => {
    const key = layerKey(spec);
    const building = built.get(key) ?? buildLayer(spec);
    built.set(key, building);
    const layer = await building;
    const place = `${repository} ${layer.digest}`;
    const sending = sent.get(place) ?? target.putBlob(repository, layer.digest, layer.bytes);
    sent.set(place, sending);
    await sending;
    return layer;
  };
}

async function pushManifest(
  target: PushTarget,
  image: ImageSpec,
  layerOf: LayerSource,
  tag?: string,
): Promise<Descriptor> {
  const layers = await Promise.all(image.layers.map((spec) => layerOf(image.repository, spec)));
  const { os, architecture } = image.platform ?? HERE;
  const config = json({
    os,
    architecture,
    config: {
      // Two images never share a config, as the runtime would take them for one.
      Labels: { image: `${image.repository}:${image.tag}` },
      ...startConfig(image.start ?? {}),
    },
    rootfs: { type: "layers", "diff_ids": layers.map((layer) => layer.diffId) },
  });
  const configDigest = await sha256(config);
  await target.putBlob(image.repository, configDigest, config);
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  const manifest = json({
    schemaVersion: 2,
    mediaType,
    config: {
      mediaType: "application/vnd.oci.image.config.v1+json",
      digest: configDigest,
      size: config.length,
    },
    layers: layers.map((layer) => ({
      mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
      digest: layer.digest,
      size: layer.bytes.length,
    })),
  });
  const digest = await sha256(manifest);
  await target.putManifest(image.repository, tag ?? digest, mediaType, manifest);
  return { mediaType, digest, size: manifest.length };
}

function startConfig({ entrypoint, command, env, user }: Start): Record<string, unknown> {
  return {
    ...(entrypoint && { Entrypoint: entrypoint }),
    ...(command && { Cmd: command }),
    ...(env && { Env: Object.entries(env).map(([name, value]) => `${name}=${value}`) }),
    ...(user !== undefined && { User: user }),
  };
}

function json(value: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(value));
}
