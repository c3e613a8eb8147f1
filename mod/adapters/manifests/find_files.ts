import type { WatchedFolder } from "./folder_watch.ts";
import { messageOf } from "../../pure/message_of.ts";

/** A manifest file as it lies on the disk right now. */
export interface FoundFile {
  readonly path: string;
  /** Another one means that the content may be another. */
  readonly fingerprint: string;
  readonly bytes: number;
}

/** The path that stands for standard input, which is read once. */
export const STANDARD_INPUT = "-";

/** What was found under one of the paths the user named. */
export interface FoundPath {
  readonly files: readonly FoundFile[];
  readonly watch: readonly WatchedFolder[];
  /** Why the path itself cannot be followed right now. */
  readonly missing?: string;
  /** Entries below it that cannot be read, `path: why`. */
  readonly faults: readonly string[];
  /** Files and folders that exist and cannot be read: what was known of them stays. */
  readonly hidden: readonly string[];
}

/**
 * Finds the manifests of a path: the file itself whatever its name, or the `.yaml`, `.yml` and
 * `.json` files of a folder and its folders, in order of their paths. Entries that begin with a dot
 * are left out; links are followed, as mounted ConfigMaps are made of them. Never throws.
 */
export async function findFiles(path: string): Promise<FoundPath> {
  if (path === STANDARD_INPUT) {
    const files = [{ path, fingerprint: "once", bytes: 0 }];
    return { files, watch: [], faults: [], hidden: [] };
  }
  const into: Walk = { files: [], faults: [], hidden: [], visited: new Set(), entries: 0 };
  const { files, faults, hidden } = into;
  const status = await statusOf(path);
  if ("why" in status || !status.info.isDirectory) {
    const watch = await watched(parentOf(path), false);
    if ("info" in status) return { files: [fileOf(path, status.info)], watch, faults, hidden };
    const missing = `Cannot read "${path}": ${status.why}`;
    return { files, watch, missing, faults, hidden: status.gone ? [] : [path] };
  }
  into.visited.add(identityOf(status.info));
  const unlisted = await walk(path, into);
  const missing = unlisted === undefined ? {} : { missing: `Cannot list "${path}": ${unlisted}` };
  return { files, watch: await watched(path, true), faults, hidden, ...missing };
}

interface Walk {
  readonly files: FoundFile[];
  readonly faults: string[];
  readonly hidden: string[];
  /** Identities of folders: links may lead in a circle. */
  readonly visited: Set<string>;
  entries: number;
}

/** More is no folder of manifests but a mistake such as `/`. */
const MAX_ENTRIES = 50_000;

/** Resolves to the reason when the folder cannot be listed. */
async function walk(folder: string, into: Walk): Promise<string | undefined> {
  const names: string[] = [];
  try {
    for await (const { name } of Deno.readDir(folder)) if (!name.startsWith(".")) names.push(name);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) into.hidden.push(folder);
    return reasonOf(error);
  }
  for (const name of names.sort()) {
    if (into.entries++ === MAX_ENTRIES) {
      into.faults.push(`${folder}: the rest is left out, these are over ${MAX_ENTRIES} entries`);
    }
    if (into.entries > MAX_ENTRIES) return undefined;
    await visit(`${folder.replace(/\/+$/, "")}/${name}`, into);
  }
  return undefined;
}

async function visit(path: string, into: Walk): Promise<void> {
  const isManifest = /\.(?:ya?ml|json)$/i.test(path);
  const status = await statusOf(path);
  if ("why" in status) {
    if (!status.gone) into.hidden.push(path);
    if (!status.gone || isManifest) into.faults.push(`${path}: ${status.why}`);
    return;
  }
  const { info } = status;
  if (info.isFile && isManifest) into.files.push(fileOf(path, info));
  if (!info.isDirectory || into.visited.has(identityOf(info))) return;
  into.visited.add(identityOf(info));
  const unlisted = await walk(path, into);
  if (unlisted !== undefined) into.faults.push(`${path}: ${unlisted}`);
}

type PathStatus =
  | { readonly info: Deno.FileInfo }
  | { readonly why: string; readonly gone: boolean };

async function statusOf(path: string): Promise<PathStatus> {
  try {
    return { info: await Deno.stat(path) };
  } catch (error) {
    return { why: reasonOf(error), gone: error instanceof Deno.errors.NotFound };
  }
}

/** Why the file system refused, in few words. */
export function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "it does not exist";
  if (error instanceof Deno.errors.PermissionDenied) return "permission denied";
  return messageOf(error);
}

/** Folders behind links are watched where they really are: events of a link are lost otherwise. */
async function watched(path: string, recursive: boolean): Promise<WatchedFolder[]> {
  const folder = await Deno.realPath(path).catch(() => path);
  const status = await statusOf(folder);
  return "why" in status ? [] : [{ folder, identity: identityOf(status.info), recursive }];
}

function fileOf(path: string, info: Deno.FileInfo): FoundFile {
  const times = [info.mtime, info.ctime].map((time) => time?.getTime() ?? 0);
  const fingerprint = [identityOf(info), info.size, ...times].join(":");
  return { path, fingerprint, bytes: info.size };
}

function identityOf({ dev, ino }: Deno.FileInfo): string {
  return `${dev}:${ino ?? 0}`;
}

function parentOf(path: string): string {
  const slash = path.replace(/\/+$/, "").lastIndexOf("/");
  return slash < 0 ? "." : slash === 0 ? "/" : path.slice(0, slash);
}
