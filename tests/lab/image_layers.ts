import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";

/** One layer: a file `name` of `bytes` pseudo-random bytes. The same spec gives the same layer. */
export interface LayerSpec {
  readonly name: string;
  readonly bytes: number;
}

/** A packed layer, ready to push. */
export interface Layer {
  /** Digest of the packed bytes, as manifests name it. */
  readonly digest: string;
  /** Digest of the unpacked tar, as image configs name it. */
  readonly diffId: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Builds one layer as an image builder would: tar, then gzip. */
export async function buildLayer(spec: LayerSpec): Promise<Layer> {
  const tar = await tarOf(spec.name, await noise(spec));
  // The content does not shrink, so the fastest level will do.
  const bytes = new Uint8Array(gzipSync(tar, { level: 1 }));
  return { digest: await sha256(bytes), diffId: await sha256(tar), bytes };
}

/** "sha256:…" of some bytes. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return `sha256:${new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex()}`;
}

/** Bytes that no compressor shrinks: zeros, encrypted with a key made from the name. */
async function noise(spec: LayerSpec): Promise<Uint8Array<ArrayBuffer>> {
  const seed = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(spec.name));
  const key = await crypto.subtle.importKey("raw", seed, "AES-CTR", false, ["encrypt"]);
  const counter = new Uint8Array(16);
  const zeros = new Uint8Array(spec.bytes);
  return new Uint8Array(
    await crypto.subtle.encrypt({ name: "AES-CTR", counter, length: 64 }, key, zeros),
  );
}

async function tarOf(
  name: string,
  content: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const archive = pack();
  archive.entry({ name, mtime: new Date(0), uid: 0, gid: 0, mode: 0o644 }, content);
  archive.finalize();
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  for await (const chunk of archive as AsyncIterable<Uint8Array<ArrayBuffer>>) chunks.push(chunk);
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}
