import { readStat } from "./proc.ts";
import { waitUntil } from "./wait.ts";

/** A child of this process. */
export interface ChildProcess {
  readonly pid: number;
  /** Its arguments, by spaces, or `ZOMBIE`. */
  readonly command: string;
}

/** Command of a child that has ended and that nobody has asked how. */
export const ZOMBIE = "(zombie)";

/** Children of this process that live now, zombies among them. */
export async function childrenNow(): Promise<ChildProcess[]> {
  const children: ChildProcess[] = [];
  for await (const entry of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(entry.name)) continue;
    const stat = await readStat(Number(entry.name));
    if (stat?.parent !== Deno.pid) continue;
    // Empty for a process that went away meanwhile.
    const commandLine = await Deno.readTextFile(`/proc/${entry.name}/cmdline`).catch(() => "");
    const command = stat.state === "Z" ? ZOMBIE : commandLine.replaceAll("\0", " ").trim();
    children.push({ pid: Number(entry.name), command });
  }
  return children;
}

/** Gives children that are being ended time to go; resolves to those that stay. */
export async function sinceGone(
  look: () => Promise<ChildProcess[]>,
): Promise<ChildProcess[]> {
  let left = await look();
  const gone = async () => (left = await look()).length === 0;
  await waitUntil("all children are gone", gone).catch(() => {}); // the caller tells which
  return left;
}
