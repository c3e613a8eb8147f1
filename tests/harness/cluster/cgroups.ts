import { runCommand } from "../commands.ts";
import { waitUntil } from "../wait.ts";

const ROOT = "/sys/fs/cgroup";

/** Makes a cgroup in every hierarchy of the machine, of version 1 or 2, for a kubelet to use. */
export async function makeCgroups(name: string): Promise<void> {
  if (await isUnified()) {
    const controllers = (await Deno.readTextFile(`${ROOT}/cgroup.controllers`)).trim().split(" ");
    for (const controller of controllers) {
      await Deno.writeTextFile(`${ROOT}/cgroup.subtree_control`, `+${controller}`);
    }
    await Deno.mkdir(`${ROOT}/${name}`, { recursive: true });
    return;
  }
  for (const hierarchy of await hierarchies()) {
    const folder = `${ROOT}/${hierarchy}/${name}`;
    await Deno.mkdir(folder, { recursive: true });
    if (hierarchy !== "cpuset") continue;
    // A new cpuset has no processors, and nothing can join it.
    for (const file of ["cpuset.cpus", "cpuset.mems"]) {
      await Deno.writeTextFile(
        `${folder}/${file}`,
        await Deno.readTextFile(`${ROOT}/cpuset/${file}`),
      );
    }
  }
}

/** Removes it with all below; its processes have been killed. */
export async function removeCgroups(name: string): Promise<void> {
  // Where there are several, runc makes one in "unified" too.
  const tops = await isUnified() ? [""] : [...await hierarchies(), "unified"];
  for (const top of tops) await removeTree(`${ROOT}/${top}/${name}`);
}

/** A cgroup is removed as a folder whose files are not in the way, once its last process is reaped. */
async function removeTree(folder: string): Promise<void> {
  try {
    for await (const entry of Deno.readDir(folder)) {
      if (entry.isDirectory) await removeTree(`${folder}/${entry.name}`);
    }
    await waitUntil(`the cgroup "${folder}" is removed`, async () => {
      const { code, stderr } = await runCommand("rmdir", [folder]);
      return code === 0 || stderr.includes("No such file");
    }, { timeoutMs: 120_000 });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

async function isUnified(): Promise<boolean> {
  return await Deno.stat(`${ROOT}/cgroup.controllers`).then(() => true, () => false);
}

/** Folders of version 1; some are links to others. */
async function hierarchies(): Promise<string[]> {
  const names: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(ROOT)) {
    if (isDirectory && name !== "unified") names.push(name);
  }
  return names;
}
