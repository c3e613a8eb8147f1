import { messageOf } from "../../pure/message_of.ts";
import { argumentFault } from "../../pure/pulls/ctr_arguments.ts";
import { isLeaseId } from "../../pure/pulls/ctr_output.ts";
import type { Logger } from "../../ports/logger.ts";

/** Which leases are ours, kept where the next agent on this node finds them. Nothing throws. */
export interface LeaseFiles {
  /** References by ids of leases. */
  read(): Promise<Map<string, string>>;
  add(id: string, reference: string): Promise<void>;
  remove(id: string): Promise<void>;
}

/** No reference is as long. */
const MAX_BYTES = 4096;

/**
 * Small files `<folder>/leases/<id>`, for root alone, each naming an image. The folder is to lie in
 * memory: leases that outlive a restart of the node end by themselves within a day. Without a folder
 * nothing is kept.
 */
export function openLeaseFiles(folder: string | undefined, logger: Logger): LeaseFiles {
  if (folder === undefined) return NO_FILES;
  const leases = `${folder}/leases`;
  let told = false;
  return {
    async read() {
      const found = new Map<string, string>();
      for (const id of await namesIn(leases)) {
        const reference = isLeaseId(id) ? await readReference(`${leases}/${id}`) : undefined;
        if (reference !== undefined) found.set(id, reference);
      }
      return found;
    },
    async add(id, reference) {
      try {
        await Deno.mkdir(leases, { recursive: true, mode: 0o700 });
        await Deno.writeTextFile(`${leases}/${id}`, reference, { mode: 0o600 });
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
    },
  };
}

const NO_FILES: LeaseFiles = {
  read: () => Promise.resolve(new Map()),
  add: () => Promise.resolve(),
  remove: () => Promise.resolve(),
};

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
  } catch {
    return [];
  }
}

/** Undefined for what is no reference. */
async function readReference(path: string): Promise<string | undefined> {
  try {
    if ((await Deno.stat(path)).size > MAX_BYTES) return undefined;
    const reference = await Deno.readTextFile(path);
    return argumentFault(reference) === undefined ? reference : undefined;
  } catch {
    return undefined;
  }
}
