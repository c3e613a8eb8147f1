import { runCommand } from "../commands.ts";
import { waitUntil } from "../process.ts";

/** How to start a daemon, and how to know that it can be used. */
export interface DaemonOptions {
  readonly args: readonly string[];
  readonly env?: Record<string, string>;
  /** Asked until true; errors count as "not yet". */
  readonly ready?: () => Promise<boolean>;
}

/**
 * Background programs of one cluster. They outlive the command that starts them, so that another
 * one can stop them: what is known of them lies in files below `folder`.
 */
export class Daemons {
  readonly #folder: string;
  readonly #signal: AbortSignal | undefined;

  /** With a `signal`, `start()` throws once it aborts. */
  constructor(folder: string, signal?: AbortSignal) {
    this.#folder = folder;
    this.#signal = signal;
  }

  /** Starts a program in a session of its own and waits until it is ready; its output is its log. */
  async start(name: string, command: string, options: DaemonOptions): Promise<number> {
    this.#signal?.throwIfAborted();
    await Deno.mkdir(`${this.#folder}/log`, { recursive: true });
    await Deno.mkdir(`${this.#folder}/pid`, { recursive: true });
    const script = 'log=$1; shift; setsid "$@" >>"$log" 2>&1 </dev/null & echo $!';
    const { stdout } = await runCommand(
      "sh",
      ["-c", script, "sh", this.#logFile(name), command, ...options.args],
      options.env ? { env: options.env } : {},
    );
    const pid = Number(stdout);
    await Deno.writeTextFile(this.#pidFile(name), `${pid} ${await startTime(pid)}`);
    const { ready } = options;
    if (ready === undefined) return pid;
    await waitUntil(`"${name}" is ready`, async () => {
      this.#signal?.throwIfAborted();
      if (await ready().catch(() => false)) return true;
      if (!await isSame(pid, await startTime(pid))) throw new Error(await this.#lastWords(name));
      return false;
    }, { timeoutMs: 120_000, everyMs: 100 }).catch(async (error: unknown) => {
      this.#signal?.throwIfAborted();
      throw new Error(`Cannot start "${name}": ${await this.#lastWords(name)}`, { cause: error });
    });
    return pid;
  }

  /** The process of a daemon, while it runs. */
  async pid(name: string): Promise<number | undefined> {
    const text = await Deno.readTextFile(this.#pidFile(name)).catch(() => "");
    const [pid = NaN, began = NaN] = text.split(" ").map(Number);
    return await isSame(pid, began) ? pid : undefined;
  }

  /** Names of all that were started and not stopped since. */
  async names(): Promise<string[]> {
    const names: string[] = [];
    try {
      for await (const { name } of Deno.readDir(`${this.#folder}/pid`)) names.push(name);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    return names;
  }

  /** Ends a daemon: TERM, KILL after 10 s; resolves once it is gone. */
  async stop(name: string, signal: Deno.Signal = "SIGTERM"): Promise<void> {
    const pid = await this.pid(name);
    if (pid !== undefined) {
      Deno.kill(pid, signal);
      const gone = async () => await this.pid(name) === undefined;
      await waitUntil(`"${name}" has ended`, gone, { timeoutMs: 10_000 }).catch(async () => {
        if (!await gone()) Deno.kill(pid, "SIGKILL");
        await waitUntil(`"${name}" is gone`, gone);
      });
    }
    await Deno.remove(this.#pidFile(name)).catch(() => {});
  }

  /** All that a daemon has printed. */
  log(name: string): Promise<string> {
    return Deno.readTextFile(this.#logFile(name));
  }

  async #lastWords(name: string): Promise<string> {
    return (await this.log(name).catch(() => "")).trim().slice(-2000);
  }

  #pidFile(name: string): string {
    return `${this.#folder}/pid/${name}`;
  }

  #logFile(name: string): string {
    return `${this.#folder}/log/${name}.log`;
  }
}

/** When a process began, in ticks since boot: a later process with the same number began later. */
async function startTime(pid: number): Promise<number> {
  return (await readStat(pid))?.began ?? NaN;
}

async function isSame(pid: number, began: number): Promise<boolean> {
  const stat = await readStat(pid);
  return stat !== undefined && stat.began === began && stat.state !== "Z";
}

async function readStat(pid: number): Promise<{ state: string; began: number } | undefined> {
  if (!Number.isInteger(pid)) return undefined;
  const text = await Deno.readTextFile(`/proc/${pid}/stat`).catch(() => undefined);
  // The name, in parentheses, may hold anything; what follows are numbers.
  const fields = text?.slice(text.lastIndexOf(")") + 2).split(" ");
  return fields && { state: fields[0] ?? "", began: Number(fields[19]) };
}
