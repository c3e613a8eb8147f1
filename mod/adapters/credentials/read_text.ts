import { abortable } from "../../async/abortable.ts";
import { Deadline, DeadlineError } from "../../async/deadline.ts";
import { messageOf } from "../../pure/message_of.ts";

/** A file cannot be read; the message says why, for a person, and nothing of the content. */
export class UnreadableError extends Error {
  override readonly name = "UnreadableError";
}

/** No login file comes near: a Secret of Kubernetes is at most as large. */
const MAX_BYTES = 2 ** 20;

/** A file on a server that has gone would hold up whoever asks for a login. */
const DEADLINE_MS = 10_000;

/** Reads a small file whole. Throws `UnreadableError`, or the signal's reason. */
export async function readText(path: string, signal: AbortSignal): Promise<string> {
  return await inTime(path, signal, async () => {
    // Before it is opened: opening a pipe waits for a writer.
    const { isFile, isDirectory } = await Deno.stat(path);
    if (isDirectory) throw new UnreadableError("it is a folder");
    if (!isFile) throw new UnreadableError("it is not a regular file");
    using file = await Deno.open(path);
    return new TextDecoder().decode(await readBounded(file));
  });
}

/** What a path leads to: the names of the files in a folder, or undefined where it is a file. */
export async function filesIn(path: string, signal: AbortSignal): Promise<string[] | undefined> {
  return await inTime(path, signal, async () => {
    if (!(await Deno.stat(path)).isDirectory) return undefined;
    const names: string[] = [];
    for await (const { name, isDirectory } of Deno.readDir(path)) {
      if (!isDirectory) names.push(name);
    }
    return names;
  });
}

async function readBounded(file: Deno.FsFile): Promise<Uint8Array> {
  const { size } = await file.stat();
  if (size > MAX_BYTES) throw new UnreadableError("it has more than 1 MiB");
  const buffer = new Uint8Array(size + 1);
  for (let length = 0;;) {
    const read = await file.read(buffer.subarray(length));
    if (read === null) return buffer.subarray(0, length);
    length += read;
    if (length > size) throw new UnreadableError("it grows while it is read");
  }
}

async function inTime<T>(path: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  using deadline = new Deadline(DEADLINE_MS, `"${path}"`, signal);
  try {
    return await abortable(work(), deadline.signal);
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof UnreadableError ? error : new UnreadableError(whyNot(error));
  }
}

function whyNot(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "it is missing";
  if (error instanceof Deno.errors.NotCapable) {
    return "this program may not read there: see --also-read of the build";
  }
  if (error instanceof DeadlineError) return `the disk did not answer in ${DEADLINE_MS / 1000} s`;
  return messageOf(error);
}
