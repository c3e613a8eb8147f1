import { delay } from "@std/async/delay";

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
    const stat = await read(`/proc/${entry.name}/stat`);
    const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (parent !== `${Deno.pid}`) continue;
    const command = (await read(`/proc/${entry.name}/cmdline`)).replaceAll("\0", " ").trim();
    children.push({ pid: Number(entry.name), command: state === "Z" ? ZOMBIE : command });
  }
  return children;
}

/** Gives children that are being ended five seconds to go; resolves to those that stay. */
export async function sinceGone(
  look: () => Promise<ChildProcess[]>,
): Promise<ChildProcess[]> {
  for (let tries = 0; tries < 100; tries++) {
    if ((await look()).length === 0) return [];
    await delay(50);
  }
  return await look();
}

/** Empty for a process that went away meanwhile. */
async function read(path: string): Promise<string> {
  return await Deno.readTextFile(path).catch(() => "");
}
