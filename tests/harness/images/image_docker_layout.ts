import { gzipSync } from "node:zlib";
import { sha256 } from "./image_layers.ts";
import { blobPath, type Descriptor, readOciLayout } from "./oci_layout.ts";

/**
 * Docker saves layers as plain tar: packs them, as a push would, and makes the layout hold that one
 * image. Does nothing to a layout whose layers are packed.
 */
export async function compressLayout(folder: string): Promise<void> {
  const image = await readOciLayout(folder);
  if (image.layers.every(({ mediaType }) => /gzip|zstd/.test(mediaType))) return;
  const layers: Descriptor[] = [];
  for (const layer of image.layers) layers.push(await compressed(folder, layer));
  const manifest = JSON.parse(await Deno.readTextFile(blobPath(folder, image.digest)));
  const bytes = new TextEncoder().encode(JSON.stringify({ ...manifest, layers }));
  const descriptor = { mediaType: image.mediaType, ...await addBlob(folder, bytes) };
  const index = { schemaVersion: 2, manifests: [descriptor] };
  await Deno.writeTextFile(`${folder}/index.json`, JSON.stringify(index));
}

async function compressed(folder: string, layer: Descriptor): Promise<Descriptor> {
  const path = blobPath(folder, layer.digest);
  const packed = new Uint8Array(gzipSync(await Deno.readFile(path)));
  const mediaType = layer.mediaType.replace(/tar$/, "tar+gzip");
  return { mediaType, ...await addBlob(folder, packed) };
}

async function addBlob(
  folder: string,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<{ readonly digest: string; readonly size: number }> {
  const digest = await sha256(bytes);
  await Deno.writeFile(blobPath(folder, digest), bytes);
  return { digest, size: bytes.length };
}
