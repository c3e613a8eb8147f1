import { Deadline } from "../../async/deadline.ts";
import { finishesWithin } from "../../async/finishes_within.ts";
import { onAbort } from "../../async/on_abort.ts";
import { concatBytes } from "../../pure/concat_bytes.ts";
import { messageOf } from "../../pure/message_of.ts";
import type { SecretText } from "../../pure/registry_logins/secret_text.ts";

/** A plugin gave no answer; the message says why, and nothing of what it printed. */
export class PluginError extends Error {
  override readonly name = "PluginError";
}

/** What to run, and what it sees of the world. */
export interface PluginRun {
  /** An absolute path. */
  readonly program: string;
  readonly args: readonly string[];
  /** Its whole environment: nothing of ours, which holds logins of our own. */
  readonly env: Readonly<Record<string, SecretText>>;
  /** What it reads from its standard input. */
  readonly input: string;
  /** How long it may take, in ms. */
  readonly deadlineMs: number;
  /** Ends it. */
  readonly signal: AbortSignal;
}

const MAX_ANSWER_BYTES = 2 ** 20;

/** How long to wait for the end of its output, in ms: what it has started may keep that open for ever. */
const LAST_WORDS_MS = 500;

/**
 * Runs a plugin to its end; resolves to what it printed. Its error output goes nowhere, as it may
 * show secrets. Throws `PluginError`, or the signal's reason.
 */
export async function runPlugin({ signal, deadlineMs, ...run }: PluginRun): Promise<string> {
  signal.throwIfAborted();
  const process = spawn(run);
  let fault: string | undefined;
  const abandon = (reason: string) => {
    fault ??= reason;
    kill(process);
  };
  using deadline = new Deadline(deadlineMs, "a plugin", signal);
  using _listener = onAbort(
    deadline.signal,
    () => abandon(`it was ended, as it gave no answer within ${deadlineMs / 1000} s`),
  );
  const output = collect(
    process.stdout,
    () => abandon("it was ended, as it printed more than 1 MiB"),
  );
  const [{ code }] = await Promise.all([process.status, feed(process.stdin, run.input)]);
  const text = await output.close();
  signal.throwIfAborted();
  if (fault !== undefined) throw new PluginError(fault);
  if (code !== 0) {
    throw new PluginError(`it ended with code ${code}: run "${run.program}" by hand to see why`);
  }
  return text;
}

function spawn({ program, args, env }: Omit<PluginRun, "signal" | "deadlineMs">) {
  const revealed = Object.entries(env).map(([name, value]) => [name, value.reveal()] as const);
  try {
    return new Deno.Command(program, {
      args: [...args],
      clearEnv: true,
      env: Object.fromEntries(revealed),
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
  } catch (error) {
    throw new PluginError(whyNot(program, error));
  }
}

function whyNot(program: string, error: unknown): string {
  if (error instanceof Deno.errors.NotCapable) {
    return `this program may not run "${program}": put plugins, or a link to their folder, in a ` +
      "place that mod/README.md lists, or add --also-run to the build";
  }
  if (error instanceof Deno.errors.NotFound) {
    return `"${program}" is missing, or what it needs is, such as a shell or libraries`;
  }
  if (error instanceof Deno.errors.PermissionDenied) return `"${program}" is not executable`;
  return `"${program}" cannot be run: ${messageOf(error)}`;
}

function kill(process: Deno.ChildProcess): void {
  try {
    process.kill("SIGKILL");
  } catch (error) {
    // It has just ended.
    if (!(error instanceof TypeError)) throw error;
  }
}

/** A plugin need not read what it is told. */
async function feed(stdin: WritableStream<Uint8Array>, input: string): Promise<void> {
  const writer = stdin.getWriter();
  await writer.write(new TextEncoder().encode(input)).catch(() => {});
  await writer.close().catch(() => {});
}

/** Reads a stream up to a limit; `close()` waits a moment for its end. */
function collect(stream: ReadableStream<Uint8Array>, tooMuch: () => void) {
  const reader = stream.getReader();
  const chunks: Uint8Array[] = [];
  const read = (async () => {
    for (let length = 0;;) {
      const { done, value } = await reader.read();
      if (done) return;
      length += value.length;
      if (length <= MAX_ANSWER_BYTES) chunks.push(value);
      else tooMuch();
    }
  })().catch(() => {}); // a broken pipe ends the text too
  return {
    async close(): Promise<string> {
      if (!await finishesWithin(read, LAST_WORDS_MS)) await reader.cancel().catch(() => {});
      await read;
      return new TextDecoder().decode(concatBytes(chunks));
    },
  };
}
