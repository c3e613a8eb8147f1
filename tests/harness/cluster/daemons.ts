import { runCommand } from "../commands.ts";
import { identityOf, isAlive, killProcess } from "../proc.ts";
import { waitUntil } from "../wait.ts";

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
    const startTime = (await identityOf(pid))?.startTime ?? NaN;
    await Deno.writeTextFile(this.#pidFile(name), `${pid} ${startTime}`);
    const { ready } = options;
    if (ready === undefined) return pid;
    await waitUntil(`"${name}" is ready`, async () => {
      this.#signal?.throwIfAborted();
      if (await ready().catch(() => false)) return true;
      if (!await isAlive({ pid, startTime })) throw new Error(await this.#lastWords(name));
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
    const [pid = NaN, startTime = NaN] = text.split(" ").map(Number);
    return await isAlive({ pid, startTime }) ? pid : undefined;
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

  /** Ends a daemon, by TERM with KILL after 10 s or by KILL at once; resolves once it is gone. */
  async stop(name: string, signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<void> {
    const pid = await this.pid(name);
    if (pid !== undefined && signal === "SIGKILL") await killProcess(pid);
    else if (pid !== undefined) {
      Deno.kill(pid, signal);
      const gone = async () => await this.pid(name) === undefined;
      await waitUntil(`"${name}" has ended`, gone, { timeoutMs: 10_000 })
        .catch(() => killProcess(pid));
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
