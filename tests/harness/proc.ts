import { waitUntil } from "./wait.ts";

/** What the kernel tells of a process or a thread. Source: man proc_pid_stat */
export interface ProcessStat {
  /** One letter: `T` is stopped, `Z` has ended and waits for its parent to ask how. */
  readonly state: string;
  /** Id of its parent. */
  readonly parent: number;
  /** In ticks since boot: a later process with the same id began later. */
  readonly startTime: number;
}

/** A process for good: its id may become another's. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTime: number;
}

/** Reads it, by default of a process; undefined once there is none. */
export async function readStat(
  pid: number,
  thread: number = pid,
): Promise<ProcessStat | undefined> {
  if (!Number.isInteger(pid)) return undefined;
  const path = thread === pid ? `/proc/${pid}/stat` : `/proc/${pid}/task/${thread}/stat`;
  const text = await Deno.readTextFile(path).catch(() => undefined);
  if (text === undefined) return undefined;
  // The name, in parentheses, may hold anything; what follows are numbers.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return {
    state: fields[0] ?? "",
    parent: Number(fields[1]),
    startTime: Number(fields[19]),
  };
}

/** Tells a process apart from later ones with its id; undefined when it has ended. */
export async function identityOf(pid: number): Promise<ProcessIdentity | undefined> {
  const stat = await readStat(pid);
  return stat === undefined || stat.state === "Z" ? undefined : { pid, startTime: stat.startTime };
}

/** Whether this very process still runs, or is stopped. */
export async function isAlive({ pid, startTime }: ProcessIdentity): Promise<boolean> {
  return (await identityOf(pid))?.startTime === startTime;
}

/** Waits until no thread of a process runs: asking for SIGSTOP is not yet being stopped. */
export async function untilStopped(pid: number): Promise<void> {
  await waitUntil(`process ${pid} is stopped`, async () => {
    const states = await threadStates(pid);
    return states.length > 0 && states.every((state) => state === "T");
  }, { everyMs: 5 });
}

/** Waits until every thread of a process runs again, or it has ended. */
export async function untilResumed(pid: number): Promise<void> {
  await waitUntil(`process ${pid} runs again`, async () => {
    return !(await threadStates(pid)).includes("T");
  }, { everyMs: 5 });
}

/** Waits until a process has ended, whether or not its parent has asked how. */
export async function untilGone(identity: ProcessIdentity): Promise<void> {
  await waitUntil(`process ${identity.pid} is gone`, async () => !await isAlive(identity), {
    everyMs: 10,
  });
}

/** Processes of this machine that have not ended, with their arguments by spaces. */
export async function runningProcesses(): Promise<{ pid: number; commandLine: string }[]> {
  const found: { pid: number; commandLine: string }[] = [];
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const text = await Deno.readTextFile(`/proc/${name}/cmdline`).catch(() => "");
    if (await identityOf(Number(name)) === undefined) continue;
    found.push({ pid: Number(name), commandLine: text.replaceAll("\0", " ") });
  }
  return found;
}

/** Kills a process that is not a child of this one and waits until it is gone. */
export async function killProcess(pid: number): Promise<void> {
  const identity = await identityOf(pid);
  if (identity === undefined) return;
  Deno.kill(pid, "SIGKILL");
  await untilGone(identity);
}

/** States of all threads of a process; none once it has ended. */
async function threadStates(pid: number): Promise<string[]> {
  const threads = await Array.fromAsync(Deno.readDir(`/proc/${pid}/task`)).catch(() => []);
  const stats = await Promise.all(threads.map(({ name }) => readStat(pid, Number(name))));
  return stats.flatMap((stat) => stat === undefined ? [] : [stat.state]);
}
