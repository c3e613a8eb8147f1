import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";

/** What one layer holds. The same spec gives the same layer. */
export type LayerSpec = NoiseLayer | FilesLayer;

/** One file `name` of `bytes` pseudo-random bytes. */
export interface NoiseLayer {
  readonly name: string;
  readonly bytes: number;
}

/** Given files, in this order; folders come before what lies in them. */
export interface FilesLayer {
  /** Layers of different files have different names. */
  readonly name: string;
  readonly files: readonly LayerFile[];
}

/** A file, a symbolic link or a folder, owned by root. */
export type LayerFile =
  & { readonly path: string; readonly mode?: number }
  & (
    | { readonly content: Uint8Array<ArrayBuffer> | string }
    | { readonly link: string }
    | { readonly folder: true }
  );

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
  const files = "files" in spec
    ? spec.files
    : [{ path: spec.name, mode: 0o644, content: await noise(spec) }];
  const tar = await tarOf(files);
  // The fastest level will do: noise does not shrink, and the rest is small.
  const bytes = new Uint8Array(gzipSync(tar, { level: 1 }));
  return { digest: await sha256(bytes), diffId: await sha256(tar), bytes };
}

/** Equal for layers that are the same. */
export function layerKey(spec: LayerSpec): string {
  return "files" in spec ? `${spec.name} of files` : `${spec.name} ${spec.bytes}`;
}

/** "sha256:…" of some bytes. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return `sha256:${new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex()}`;
}

/** Bytes that no compressor shrinks: zeros, encrypted with a key made from the name. */
async function noise(spec: NoiseLayer): Promise<Uint8Array<ArrayBuffer>> {
  const seed = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(spec.name));
  const key = await crypto.subtle.importKey("raw", seed, "AES-CTR", false, ["encrypt"]);
  const counter = new Uint8Array(16);
  const zeros = new Uint8Array(spec.bytes);
  return new Uint8Array(
    await crypto.subtle.encrypt({ name: "AES-CTR", counter, length: 64 }, key, zeros),
  );
}

async function tarOf(files: readonly LayerFile[]): Promise<Uint8Array<ArrayBuffer>> {
  const archive = pack();
  for (const file of files) {
    const header = { name: file.path, mtime: new Date(0), uid: 0, gid: 0 };
    if ("content" in file) {
      const content = typeof file.content === "string"
        ? new TextEncoder().encode(file.content)
        : file.content;
      archive.entry({ ...header, mode: file.mode ?? 0o644 }, content);
    } else if ("link" in file) {
      archive.entry({ ...header, type: "symlink", linkname: file.link, mode: 0o777 });
    } else {
      archive.entry({ ...header, type: "directory", mode: file.mode ?? 0o755 });
    }
  }
  archive.finalize();
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  for await (const chunk of archive as AsyncIterable<Uint8Array<ArrayBuffer>>) chunks.push(chunk);
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}
