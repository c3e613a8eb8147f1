import { runCommand } from "./commands.ts";

/** Unmounts everything below a folder, innermost first; what is still busy is detached. */
export async function unmountBelow(folder: string): Promise<void> {
  for (const mount of (await mountsBelow(folder)).toReversed()) {
    const { code } = await runCommand("umount", [mount]);
    if (code !== 0) await runCommand("umount", ["--lazy", mount]);
  }
}

/** Mount points below a folder, in the order in which they were mounted. */
export async function mountsBelow(folder: string): Promise<string[]> {
  const table = await Deno.readTextFile("/proc/self/mounts");
  return table.split("\n").map((line) => unescapeOctal(line.split(" ")[1] ?? ""))
    .filter((mount) => mount.startsWith(`${folder}/`));
}

/** The kernel writes a space in a path as `\040`. */
function unescapeOctal(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, code) => String.fromCharCode(parseInt(code, 8)));
}
