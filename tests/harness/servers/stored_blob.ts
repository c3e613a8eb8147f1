import { createHash } from "node:crypto";

/** Bytes of a registry, held in memory or made when they are asked for. */
export interface StoredBlob {
  /** "sha256:…". */
  readonly digest: string;
  readonly bytes: number;
  /** Some of the bytes from `from` to before `end`: at least one, at most 1 MB. */
  read(from: number, end: number): Uint8Array<ArrayBuffer>;
}

/** A layer that a registry can serve. */
export interface StoredLayer extends StoredBlob {
  /** Digest of the unpacked tar. */
  readonly diffId: string;
  readonly mediaType: string;
}

/** What a generated layer's one file consists of: bytes that differ everywhere, or zeros alone. */
export type Filling = "noise" | "zeros";

const OCI_LAYER = "application/vnd.oci.image.layer.v1.tar";

/** A blob that lies in memory. */
export function blobInMemory(content: Uint8Array<ArrayBuffer>): StoredBlob {
  const digest = `sha256:${createHash("sha256").update(content).digest("hex")}`;
  return {
    digest,
    bytes: content.length,
    read: (from, end) => content.slice(from, upTo(from, end)),
  };
}

/**
 * An uncompressed layer with one file `name` of `bytes` bytes. None of it lies in memory; its digest
 * is worked out once, about a second per GB.
 */
export function generatedLayer(
  { name, bytes, filling = "noise" }: {
    readonly name: string;
    readonly bytes: number;
    readonly filling?: Filling;
  },
): StoredLayer {
  const header = tarHeader(name, bytes);
  const contentEnd = header.length + bytes;
  const total = header.length + Math.ceil(bytes / 512) * 512 + 1024;
  const pattern = filling === "noise" ? patternOf(name) : new Uint8Array(CHUNK);
  const read = (from: number, end: number) => {
    const to = upTo(from, Math.min(end, total));
    if (from < header.length) return header.slice(from, to);
    if (from >= contentEnd) return new Uint8Array(to - from);
    const at = (from - header.length) % pattern.length;
    const length = Math.min(to, contentEnd) - from;
    return pattern.slice(at, at + length);
  };
  const hash = createHash("sha256");
  for (let at = 0; at < total;) {
    const chunk = read(at, total);
    hash.update(chunk);
    at += chunk.length;
  }
  const digest = `sha256:${hash.digest("hex")}`;
  return { digest, diffId: digest, mediaType: OCI_LAYER, bytes: total, read };
}

const CHUNK = 1_000_000;

function upTo(from: number, end: number): number {
  return Math.min(end, from + CHUNK);
}

/** Repeats after a prime number of bytes: no two parts of a usual size are alike. */
function patternOf(name: string): Uint8Array<ArrayBuffer> {
  const pattern = new Uint8Array(999_983);
  let state = createHash("sha256").update(name).digest().readUInt32LE() | 1;
  for (let at = 0; at < pattern.length; at++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    pattern[at] = state;
  }
  return pattern;
}

/** One header of a tar. Sizes above 8 GB are written in binary, as GNU tar does. */
function tarHeader(name: string, bytes: number): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(512);
  const put = (at: number, text: string) => header.set(new TextEncoder().encode(text), at);
  put(0, name);
  put(100, "0000644\0");
  put(108, "0000000\0");
  put(116, "0000000\0");
  if (bytes < 8 ** 11) put(124, bytes.toString(8).padStart(11, "0") + "\0");
  else {
    header[124] = 0x80;
    new DataView(header.buffer).setBigUint64(128, BigInt(bytes));
  }
  put(136, "00000000000\0");
  put(148, "        ");
  put(156, "0");
  put(257, "ustar\x0000");
  const sum = header.reduce((total, each) => total + each, 0);
  put(148, sum.toString(8).padStart(6, "0") + "\0 ");
  return header;
}
