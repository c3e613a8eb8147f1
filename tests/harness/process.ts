import { delay } from "@std/async/delay";
import { collectOutput } from "./output_tail.ts";
import { untilResumed, untilStopped } from "./proc.ts";

/** How to start a child process, and how to know that it can be used. */
export interface StartProcessOptions {
  readonly args?: string[];
  /** Joins the environment of this process. */
  readonly env?: Record<string, string>;
  readonly cwd?: string;
  /** In a session of its own: a terminal's Ctrl-C does not reach it, only `stop()` does. */
  readonly detached?: boolean;
  /** Gets each whole line of either output as it arrives. */
  readonly onLine?: (line: string) => void;
  /** Asked every 50 ms until true; errors count as "not yet". */
  readonly ready?: (process: TestProcess) => Promise<boolean>;
  /** Default 60 s. */
  readonly readyTimeoutMs?: number;
}

/** How a process is asked to end. What it cannot answer to has methods of its own. */
export type StopSignal = "SIGTERM" | "SIGINT" | "SIGHUP";

/** A running child; disposing stops it. */
export interface TestProcess extends AsyncDisposable {
  readonly pid: number;
  /** Standard output and error so far, in order of arrival; only the last 256 KiB are kept. */
  readonly log: () => string;
  /** How it ended. By then its whole output has arrived. */
  readonly exited: Promise<Deno.CommandStatus>;
  /** Asks it to end, which is not seen when this returns; does nothing once it has ended. */
  signal(signal: StopSignal): void;
  /** As a terminal's Ctrl-C: to its whole group, which it leads when it was started detached. */
  ctrlC(): void;
  /** SIGSTOP; resolves once no thread of it runs: from then on it answers nothing. */
  suspend(): Promise<void>;
  /** SIGCONT; resolves once it runs again. */
  resume(): Promise<void>;
  /** SIGKILL; resolves once it is gone. */
  kill(): Promise<Deno.CommandStatus>;
  /** TERM (woken first if suspended), KILL after 5 s; resolves once the process is gone. */
  stop(): Promise<void>;
}

/**
 * Starts a child process and waits until it is ready. A child that ends early or does not become
 * ready is stopped, and the error quotes the end of its output.
 */
export async function startProcess(
  command: string,
  options: StartProcessOptions = {},
): Promise<TestProcess> {
  const process = spawn(command, options);
  if (options.ready !== undefined) {
    try {
      await untilReady(command, process, options.ready, options.readyTimeoutMs ?? 60_000);
    } catch (error) {
      await process.stop();
      throw error;
    }
  }
  return process;
}

function spawn(command: string, options: StartProcessOptions): TestProcess {
  const child = new Deno.Command(command, {
    args: options.args ?? [],
    ...(options.env && { env: options.env }),
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    ...(options.detached !== undefined && { detached: options.detached }),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const output = collectOutput([child.stdout, child.stderr], options.onLine);
  let running = true;
  const send = (signal: Deno.Signal) => {
    if (running) child.kill(signal);
  };
  const exited = child.status.finally(() => running = false).then(async (status) => {
    await output.close();
    return status;
  });
  let stopping: Promise<void> | undefined;
  const stop = () => stopping ??= stopChild(send, exited);
  return {
    pid: child.pid,
    log: output.text,
    exited,
    signal: send,
    ctrlC: () => {
      if (running) Deno.kill(-child.pid, "SIGINT");
    },
    suspend: async () => {
      send("SIGSTOP");
      await untilStopped(child.pid);
    },
    resume: async () => {
      send("SIGCONT");
      await untilResumed(child.pid);
    },
    kill: async () => {
      send("SIGKILL");
      return await exited;
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

async function stopChild(
  send: (signal: Deno.Signal) => void,
  exited: Promise<unknown>,
): Promise<void> {
  send("SIGTERM");
  send("SIGCONT"); // a suspended process cannot obey before it runs again
  const kill = setTimeout(() => send("SIGKILL"), 5000);
  try {
    await exited;
  } finally {
    clearTimeout(kill);
  }
}

async function untilReady(
  command: string,
  process: TestProcess,
  ready: (process: TestProcess) => Promise<boolean>,
  timeoutMs: number,
): Promise<void> {
  let ended: Deno.CommandStatus | undefined;
  process.exited.then((status) => ended = status);
  const deadline = Date.now() + timeoutMs;
  while (ended === undefined) {
    if (await ready(process).catch(() => false)) return;
    if (Date.now() > deadline) {
      throw new Error(`"${command}" is not ready after ${timeoutMs / 1000} s: ${end(process)}`);
    }
    await delay(50);
  }
  throw new Error(
    `"${command}" ended with code ${ended.code} before it was ready: ${end(process)}`,
  );
}

function end(process: TestProcess): string {
  return process.log().slice(-2000).trim();
}
