import { Deadline } from "../../async/deadline.ts";
import { finishesWithin } from "../../async/finishes_within.ts";
import { onAbort } from "../../async/on_abort.ts";
import { RuntimeUnavailableError } from "../../pure/pulls/runtime_errors.ts";
import { collectTail, collectWhole, readLines } from "./child_output.ts";
import { messageOf } from "../../pure/message_of.ts";

/** How to run the command line client of containerd. */
export interface CtrOptions {
  /** Path, or a name to be found on PATH. */
  readonly command: string;
  /**
   * The whole environment of ctr. Before version 2 it is ctr that talks to registries, so
   * HTTP_PROXY, HTTPS_PROXY, NO_PROXY and SSL_CERT_FILE matter if the node needs them.
   */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Time between SIGTERM and SIGKILL, in ms; ctr usually ends at once. Default 5 s. */
  readonly killGraceMs?: number | undefined;
  /** How long `ask()` may take, in ms. Default 30 s. */
  readonly queryDeadlineMs?: number | undefined;
}

/** How a ctr has ended. */
export interface CtrEnd {
  /** 128 + n when a signal ended it. */
  readonly code: number;
  /** The last part of it. */
  readonly stderr: string;
}

/** What a ctr has answered. */
export interface CtrAnswer extends CtrEnd {
  readonly stdout: string;
}

/** A running ctr; disposing ends it and waits until it has gone. */
export interface CtrChild extends AsyncDisposable {
  /** Resolves once it has gone; never rejects. */
  readonly ended: Promise<CtrEnd>;
  /** Lines of its stdout, if it was started with `stdout: "lines"`; can be read once. */
  lines(): AsyncIterable<string>;
  /** Sends SIGTERM, then SIGKILL after the grace; resolves once it has gone. */
  end(): Promise<void>;
}

/** Runs ctr. Both throw `RuntimeUnavailableError` when there is no ctr to run. */
export interface Ctr {
  /** Runs ctr to its end. Throws too when it takes too long or prints too much. */
  ask(args: readonly string[], options: { readonly signal: AbortSignal }): Promise<CtrAnswer>;
  /** Starts ctr; its stdout goes to /dev/null unless asked for with `stdout: "lines"`. */
  start(args: readonly string[], options?: { readonly stdout?: "lines" | "null" }): CtrChild;
}

/** Far more than any node answers: 8 MiB are about 80,000 image names. */
const MAX_ANSWER_BYTES = 8 * 2 ** 20;
const MAX_ANSWER_STDERR_BYTES = 64 * 2 ** 10;
const MAX_STDERR_BYTES = 4 * 2 ** 10;

/** Binds the options; starts nothing. */
export function openCtr(options: CtrOptions): Ctr {
  const { killGraceMs = 5000, queryDeadlineMs = 30_000 } = options;
  return {
    start(args, { stdout = "null" } = {}) {
      const process = spawn(options, args, stdout === "lines");
      const child = superviseChild(process, killGraceMs, MAX_STDERR_BYTES);
      return stdout === "lines" ? withUnreadOutput(child, process.stdout) : child;
    },
    async ask(args, { signal }) {
      signal.throwIfAborted();
      const process = spawn(options, args, true);
      await using child = superviseChild(process, killGraceMs, MAX_ANSWER_STDERR_BYTES);
      let fault: string | undefined;
      const abandon = (reason: string) => {
        fault ??= reason;
        child.end();
      };
      using deadline = new Deadline(queryDeadlineMs, "ctr", signal);
      using _listener = onAbort(deadline.signal, () => {
        const seconds = queryDeadlineMs / 1000;
        abandon(signal.aborted ? "was stopped" : `gave no answer within ${seconds} s`);
      });
      const tooLong = () => abandon("answered without end");
      const stdout = collectWhole(process.stdout, MAX_ANSWER_BYTES, tooLong);
      const { code, stderr } = await child.ended;
      const answer = { code, stdout: await stdout.close(), stderr };
      signal.throwIfAborted();
      if (fault !== undefined) throw new RuntimeUnavailableError(messageAbout(args, fault));
      return answer;
    },
  };
}

function spawn(options: CtrOptions, args: readonly string[], piped: boolean): Deno.ChildProcess {
  const command = new Deno.Command(options.command, {
    args: [...args],
    clearEnv: true,
    env: { ...options.env, CONTAINERD_SUPPRESS_DEPRECATION_WARNINGS: "1" },
    stdin: "null",
    // ctr blocks for ever when nobody reads its progress
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

function superviseChild(
  process: Deno.ChildProcess,
  graceMs: number,
  stderrBytes: number,
): CtrChild {
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
      // It has just ended: systemd sends a signal to every process of a service, ctr included.
      if (!(error instanceof TypeError)) throw error;
    }
  };
  let ending: Promise<void> | undefined;
  const end = async () => {
    signal("SIGTERM");
    if (await finishesWithin(ended, graceMs)) return;
    signal("SIGKILL");
    await ended;
  };
  const child: CtrChild = {
    ended,
    lines: () => readLines(process.stdout),
    end: () => ending ??= end(),
    [Symbol.asyncDispose]: () => child.end(),
  };
  return child;
}

/** Disposing also closes an stdout that nobody has begun to read. */
function withUnreadOutput(child: CtrChild, stdout: ReadableStream<Uint8Array>): CtrChild {
  return {
    ...child,
    async [Symbol.asyncDispose]() {
      await child.end();
      if (!stdout.locked) await stdout.cancel();
    },
  };
}

function messageAbout(args: readonly string[], fault: string): string {
  const words = args.slice(args.indexOf("-n") + 2).slice(0, 2).join(" ");
  return `"ctr ${words}" ${fault}: containerd may hang, see its log`;
}
