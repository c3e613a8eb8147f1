import { LIMITS } from "./limits.ts";

/** Key of the value that says who writes the bucket, and from which source. */
export const META_KEY = "meta";

/** Key of the value that says how containers have started, as Kubernetes' events say it. */
export const BENEFIT_KEY = "benefit";

/**
 * Key of the order to give up all kept bytes. Agents follow it with what is wanted, so it needs no
 * further right and no consumer of its own. Like `whereKey()` it is a key that other versions skip.
 */
export const UNINSTALL_KEY = "wanted.=uninstall";

/** What a key of the bucket is about. */
export type StateKey =
  | { readonly type: "meta" | "benefit" }
  | { readonly type: NamedType; readonly name: string }
  | { readonly type: "part" | "where"; readonly part: number; readonly name: string };

type NamedType = "wanted" | "why" | "node" | "report" | "beat";

/** Key of one wanted image; `reference` is canonical. */
export const wantedKey = (reference: string): string => `wanted.${encodeName(reference)}`;

/**
 * Key of a further part (2, 3, …) of where an image is wanted. It begins as `wanted.<image>` does: so
 * one watch brings both, in the order of writing, and needs no further right. It is no such key: no
 * name is encoded to `=w`, and versions that do not know it skip it.
 */
export const whereKey = (part: number, reference: string): string =>
  `wanted.=where.${part}.${encodeName(reference)}`;

/** Key of the reasons why an image is wanted. */
export const whyKey = (reference: string): string => `why.${encodeName(reference)}`;

/** Key of a node's facts. */
export const nodeKey = (node: string): string => `node.${encodeName(node)}`;

/** Key of a node's report, or of its first part. */
export const reportKey = (node: string): string => `report.${encodeName(node)}`;

/**
 * Key of a further part (2, 3, …) of a node's report. The number comes first: names of nodes have
 * dots, and NATS grants subjects by what stands between dots (`part.*.<node>`).
 */
export const partKey = (part: number, node: string): string => `part.${part}.${encodeName(node)}`;

/** Key of the sign that a node's agent is alive. */
export const beatKey = (node: string): string => `beat.${encodeName(node)}`;

/** Prefix of a program's NATS inboxes: who may subscribe to others' could read their answers. */
export const inboxPrefix = (role: "controller" | "agent", name: string): string =>
  `_INBOX.${role}.${encodeName(name)}`;

/** Parses a key; `undefined` for a key that this version would not write. */
export function parseStateKey(key: string): StateKey | undefined {
  if (key === META_KEY || key === BENEFIT_KEY) return { type: key };
  const match = KEY.exec(key);
  if (!match) return undefined;
  const [, where, part, type, encoded] = match;
  const name = decodeName(encoded ?? "");
  if (name === undefined || encodeName(name) !== encoded) return undefined;
  const number = part ?? where;
  if (number === undefined) return { type: type as NamedType, name };
  const isPart = Number(number) >= 2 && Number(number) <= LIMITS.parts;
  if (!isPart) return undefined;
  return { type: part === undefined ? "where" : "part", part: Number(number), name };
}

/** The image that a key is about: where it is wanted, or why; undefined for other keys. */
export function imageOfKey(key: StateKey | undefined): string | undefined {
  return key?.type === "wanted" || key?.type === "where" || key?.type === "why"
    ? key.name
    : undefined;
}

const KEY =
  /^(?:wanted\.=where\.([1-9]\d{0,3})|part\.([1-9]\d{0,3})|(wanted|why|node|report|beat))\.(.+)$/;

/**
 * Writes every byte outside `A-Za-z0-9._/-` as `=XX` (upper-case hex). A dot is kept only between
 * two other characters, because NATS splits subjects at dots and allows no empty part:
 * https://docs.nats.io/nats-concepts/subjects#characters-allowed-and-recommended-for-subject-names
 */
export function encodeName(name: string): string {
  if (COMMON_NAME.test(name)) return name.replace(NOT_PLAIN, (char) => hex(char.charCodeAt(0)));
  let out = "";
  for (const byte of new TextEncoder().encode(name)) {
    const char = String.fromCharCode(byte);
    const plain = /[A-Za-z0-9_/-]/.test(char) || (char === "." && out !== "" && !out.endsWith("."));
    out += plain ? char : hex(byte);
  }
  return out.endsWith(".") ? out.slice(0, -1) + hex(0x2e) : out;
}

/** ASCII with dots between other characters alone; bytes are characters then. */
// deno-lint-ignore no-control-regex
const COMMON_NAME = /^[\x00-\x2d\x2f-\x7f]+(?:\.[\x00-\x2d\x2f-\x7f]+)*$/;
const NOT_PLAIN = /[^A-Za-z0-9_/.-]/g;

/** Undoes `encodeName()`; undefined for what it never gives. */
export function decodeName(encoded: string): string | undefined {
  const bytes: number[] = [];
  for (let i = 0; i < encoded.length; i++) {
    if (encoded[i] !== "=") {
      bytes.push(encoded.charCodeAt(i));
      continue;
    }
    const code = encoded.slice(i + 1, i + 3);
    if (!/^[0-9A-F]{2}$/.test(code)) return undefined;
    bytes.push(parseInt(code, 16));
    i += 2;
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(new Uint8Array(bytes));
  } catch {
    return undefined;
  }
}

const hex = (byte: number): string => `=${byte.toString(16).toUpperCase().padStart(2, "0")}`;
