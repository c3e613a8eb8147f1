import { runCommand } from "./commands.ts";

/** A file system in memory; disposing unmounts it. */
export interface SmallDisk extends AsyncDisposable {
  /** Where it is mounted. */
  readonly folder: string;
}

/** Mounts one of so many megabytes. */
export async function smallDisk(megabytes: number): Promise<SmallDisk> {
  const folder = await Deno.makeTempDir({ prefix: "warm-images-disk-" });
  const args = ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", folder];
  const { code, stderr } = await runCommand("mount", args);
  if (code !== 0) throw new Error(`Cannot mount a small disk: ${stderr}`);
  return {
    folder,
    async [Symbol.asyncDispose]() {
      await runCommand("umount", [folder]);
      await Deno.remove(folder);
    },
  };
}
