import { messageOf } from "../../pure/message_of.ts";
import { argumentFault } from "../../pure/pulls/ctr_arguments.ts";
import { isLeaseId } from "../../pure/pulls/ctr_output.ts";
import type { Logger } from "../../ports/logger.ts";

/**
 * Which leases are ours, kept where the next agent on this node finds them. Nothing throws. Disposing
 * leaves them to that one.
 */
export interface LeaseFiles extends Disposable {
  /** References by ids of leases of agents that have ended; they are this one's from now on. */
  read(): Promise<Map<string, string>>;
  add(id: string, reference: string): Promise<void>;
  remove(id: string): Promise<void>;
  /** Whether somebody has written down this lease: this agent, or another one. */
  has(id: string): Promise<boolean>;
}

/** No reference is as long. */
const MAX_BYTES = 4096;

/**
 * Small files `<folder>/leases/<id>`, for root alone, each naming an image. The folder is to lie in
 * memory: leases that outlive a restart of the node end by themselves within a day. Each file is
 * locked (flock(2)) for as long as its agent lives, so that two agents on one node, such as an old and
 * a new one, do not take each other's pulls for ended. Without a folder nothing is kept.
 */
export function openLeaseFiles(folder: string | undefined, logger: Logger): LeaseFiles {
  if (folder === undefined) return NO_FILES;
  const leases = `${folder}/leases`;
  const held = new Map<string, Deno.FsFile>();
  let told = false;
  return {
    async read() {
      const found = new Map<string, string>();
      for (const id of (await namesIn(leases)).filter(isLeaseId)) {
        if (held.has(id)) continue;
        const claim = await claimFile(`${leases}/${id}`);
        if (claim === undefined) continue;
        held.set(id, claim.file);
        found.set(id, claim.reference);
      }
      return found;
    },
    async add(id, reference) {
      if (held.has(id)) return;
      try {
        await Deno.mkdir(leases, { recursive: true, mode: 0o700 });
        held.set(id, await writeLocked(`${leases}/${id}`, reference));
      } catch (error) {
        if (told) return;
        told = true;
        logger.warn("Could not write down what a pull may leave in containerd", {
          reason: messageOf(error),
          effect: "half downloads stay for up to a day after a restart of the agent",
        });
      }
    },
    async remove(id) {
      await Deno.remove(`${leases}/${id}`).catch(() => {});
      held.get(id)?.close();
      held.delete(id);
    },
    has: (id) => Deno.stat(`${leases}/${id}`).then(() => true, () => false),
    [Symbol.dispose]() {
      for (const file of held.values()) file.close();
      held.clear();
    },
  };
}

const NO_FILES: LeaseFiles = {
  read: () => Promise.resolve(new Map()),
  add: () => Promise.resolve(),
  remove: () => Promise.resolve(),
  has: () => Promise.resolve(false),
  [Symbol.dispose]: () => {},
};

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
  } catch {
    return [];
  }
}

/** Whoever claims the file before it is locked finds it empty, and lets it go. */
async function writeLocked(path: string, text: string): Promise<Deno.FsFile> {
  const file = await Deno.open(path, { write: true, create: true, mode: 0o600 });
  try {
    await file.lock(true);
    await Deno.writeTextFile(path, text);
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}

/** Undefined for what holds no reference, and for what is another agent's that lives. */
async function claimFile(
  path: string,
): Promise<{ readonly file: Deno.FsFile; readonly reference: string } | undefined> {
  let file: Deno.FsFile | undefined;
  try {
    file = await Deno.open(path);
    const isFree = await file.tryLock(true);
    const { size } = await file.stat();
    const reference = isFree && size <= MAX_BYTES ? await Deno.readTextFile(path) : "";
    if (reference !== "" && argumentFault(reference) === undefined) return { file, reference };
  } catch {
    // gone, or not for us
  }
  file?.close();
  return undefined;
}
