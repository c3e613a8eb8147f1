import { delay } from "@std/async/delay";
import { collectOutput, type OutputTail } from "./output_tail.ts";

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
  readonly ready?: (process: LabProcess) => Promise<boolean>;
  /** Default 30 s. */
  readonly readyTimeoutMs?: number;
}

/** A running child; disposing stops it. */
export interface LabProcess extends AsyncDisposable {
  readonly pid: number;
  /** Standard output and error so far, in order of arrival; only the last 256 KiB are kept. */
  readonly log: () => string;
  readonly exited: Promise<Deno.CommandStatus>;
  /** Sends a signal; does nothing once the process has ended. */
  signal(signal: Deno.Signal): void;
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
): Promise<LabProcess> {
  const process = spawn(command, options);
  if (options.ready !== undefined) {
    try {
      await untilReady(command, process, options.ready, options.readyTimeoutMs ?? 30_000);
    } catch (error) {
      await process.stop();
      throw error;
    }
  }
  return process;
}

/**
 * A TCP port of the loopback address that nobody listened on a moment ago, below those that the
 * kernel gives to whoever asks for any (32768 and up on Linux): so nobody gets it by chance meanwhile.
 */
export function freePort(): number {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    try {
      using _listener = Deno.listen({ hostname: "127.0.0.1", port });
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
}

/** Polls until `check` holds; throws an error that names `what` after `timeoutMs` (30 s). */
export async function waitUntil(
  what: string,
  check: () => boolean | Promise<boolean>,
  options: { readonly timeoutMs?: number; readonly everyMs?: number } = {},
): Promise<void> {
  const { timeoutMs = 30_000, everyMs = 50 } = options;
  const deadline = Date.now() + timeoutMs;
  while (!await check()) {
    if (Date.now() > deadline) {
      throw new Error(`Waited ${timeoutMs / 1000} s in vain until ${what}`);
    }
    await delay(everyMs);
  }
}

function spawn(command: string, options: StartProcessOptions): LabProcess {
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
  const exited = child.status.finally(() => running = false);
  const signal = (name: Deno.Signal) => {
    if (running) child.kill(name);
  };
  let stopping: Promise<void> | undefined;
  const stop = () => stopping ??= stopChild(signal, exited, output);
  return {
    pid: child.pid,
    log: output.text,
    exited,
    signal,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

async function stopChild(
  signal: (name: Deno.Signal) => void,
  exited: Promise<unknown>,
  output: OutputTail,
): Promise<void> {
  signal("SIGTERM");
  signal("SIGCONT"); // a suspended process cannot obey before it runs again
  const kill = setTimeout(() => signal("SIGKILL"), 5000);
  try {
    await exited;
  } finally {
    clearTimeout(kill);
  }
  await output.close();
}

async function untilReady(
  command: string,
  process: LabProcess,
  ready: (process: LabProcess) => Promise<boolean>,
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
  await delay(50); // its last words may still be in the pipe
  throw new Error(
    `"${command}" ended with code ${ended.code} before it was ready: ${end(process)}`,
  );
}

function end(process: LabProcess): string {
  return process.log().slice(-2000).trim();
}
