import { RuntimeUnavailableError } from "../../pure/pulls/runtime_errors.ts";
import { collectTail, collectWhole, readLines } from "./child_output.ts";
import { messageOf } from "../../pure/message_of.ts";

/** How to run the command line client of containerd. */
export interface CtrOptions {
  /** Path, or a name that is looked for on PATH. */
  readonly command: string;
  /**
   * All that ctr sees of an environment. Before version 2 it is ctr that talks to registries, so
   * HTTP_PROXY, HTTPS_PROXY, NO_PROXY and SSL_CERT_FILE matter if the node needs them.
   */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Time between SIGTERM and SIGKILL; ctr itself obeys at once. Default 5 s. */
  readonly killGraceMs?: number | undefined;
  /** Time that a question may take. Default 30 s. */
  readonly queryDeadlineMs?: number | undefined;
}

/** What a finished ctr left. */
export interface CtrAnswer {
  /** 128 + n when a signal ended it. */
  readonly code: number;
  readonly stdout: string;
  /** The last part of it. */
  readonly stderr: string;
}

/** A running ctr; disposing ends it and waits until it is gone. */
export interface CtrChild extends AsyncDisposable {
  /** Resolves once it is gone, with the last 4 KB of stderr; never rejects. */
  readonly ended: Promise<{ readonly code: number; readonly stderr: string }>;
  /** Its stdout, if it was asked for; can be read once. */
  lines(): AsyncIterable<string>;
  /** SIGTERM, then SIGKILL after the grace; resolves once it is gone. */
  end(): Promise<void>;
}

/** Runs ctr. Both throw `RuntimeUnavailableError` when there is no ctr to run. */
export interface Ctr {
  /** Runs ctr to its end. Throws also when it takes too long or says too much. */
  ask(args: readonly string[], options: { readonly signal: AbortSignal }): Promise<CtrAnswer>;
  /** Starts ctr; without `stdout: "lines"` its output is thrown away by the system. */
  start(args: readonly string[], options?: { readonly stdout?: "lines" | "null" }): CtrChild;
}

/** Answers longer than this come from no node we know: 8 MB are about 80,000 image names. */
const MAX_ANSWER_BYTES = 8 * 2 ** 20;
const MAX_ANSWER_STDERR_BYTES = 64 * 2 ** 10;
const MAX_STDERR_BYTES = 4 * 2 ** 10;

/** Binds the options; starts nothing. */
export function openCtr(options: CtrOptions): Ctr {
  const { killGraceMs = 5000, queryDeadlineMs = 30_000 } = options;
  return {
    start(args, { stdout = "null" } = {}) {
      const process = spawn(options, args, stdout === "lines");
      const child = follow(process, killGraceMs, MAX_STDERR_BYTES);
      return stdout === "lines" ? withUnreadOutput(child, process.stdout) : child;
    },
    async ask(args, { signal }) {
      signal.throwIfAborted();
      const process = spawn(options, args, true);
      await using child = follow(process, killGraceMs, MAX_ANSWER_STDERR_BYTES);
      let fault: string | undefined;
      const abandon = (up: string) => {
        fault ??= up;
        child.end();
      };
      const stop = () => abandon("was stopped");
      signal.addEventListener("abort", stop, { once: true });
      const timer = setTimeout(
        () => abandon(`gave no answer within ${queryDeadlineMs / 1000} s`),
        queryDeadlineMs,
      );
      const tooLong = () => abandon("answered without end");
      const stdout = collectWhole(process.stdout, MAX_ANSWER_BYTES, tooLong);
      try {
        const { code, stderr } = await child.ended;
        const answer = { code, stdout: await stdout.close(), stderr };
        signal.throwIfAborted();
        if (fault !== undefined) throw new RuntimeUnavailableError(says(args, fault));
        return answer;
      } finally {
        clearTimeout(timer);
        signal.removeEventListener("abort", stop);
      }
    },
  };
}

function spawn(options: CtrOptions, args: readonly string[], piped: boolean): Deno.ChildProcess {
  const command = new Deno.Command(options.command, {
    args: [...args],
    clearEnv: true,
    env: { ...options.env, CONTAINERD_SUPPRESS_DEPRECATION_WARNINGS: "1" },
    stdin: "null",
    // ctr waits for ever when nobody reads its progress
    stdout: piped ? "piped" : "null",
    stderr: "piped",
  });
  try {
    return command.spawn();
  } catch (cause) {
    const why = messageOf(cause);
    throw new RuntimeUnavailableError(
      `Cannot run "${options.command}" (${why}): give the path of containerd's ctr by --ctr`,
      { cause },
    );
  }
}

function follow(process: Deno.ChildProcess, graceMs: number, stderrBytes: number): CtrChild {
  const stderr = collectTail(process.stderr, stderrBytes);
  let gone = false;
  const ended = process.status.then(async ({ code }) => {
    gone = true;
    return { code, stderr: await stderr.close() };
  });
  const signal = (name: Deno.Signal) => {
    try {
      if (!gone) process.kill(name);
    } catch (error) {
      // It has ended, and `gone` is about to say so: one signal may reach all of a service.
      if (!(error instanceof TypeError)) throw error;
    }
  };
  let ending: Promise<void> | undefined;
  const end = async () => {
    signal("SIGTERM");
    const kill = setTimeout(() => signal("SIGKILL"), graceMs);
    await ended;
    clearTimeout(kill);
  };
  const child: CtrChild = {
    ended,
    lines: () => readLines(process.stdout),
    end: () => ending ??= end(),
    [Symbol.asyncDispose]: () => child.end(),
  };
  return child;
}

/** Disposing gives up output that nobody began to read. */
function withUnreadOutput(child: CtrChild, stdout: ReadableStream<Uint8Array>): CtrChild {
  return {
    ...child,
    async [Symbol.asyncDispose]() {
      await child.end();
      if (!stdout.locked) await stdout.cancel();
    },
  };
}

function says(args: readonly string[], what: string): string {
  const words = args.slice(args.indexOf("-n") + 2).slice(0, 2).join(" ");
  return `"ctr ${words}" ${what}: containerd may hang, look at its log`;
}
