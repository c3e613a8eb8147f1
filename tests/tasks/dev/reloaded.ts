import { startProcess, type TestProcess } from "../../harness/process.ts";

/** A program that is run from source and started again when told to. */
export interface ReloadedProgram extends AsyncDisposable {
  /** Ends the present run, if any, and starts the next. */
  restart(): Promise<void>;
  /** The present run. */
  readonly process: TestProcess | undefined;
}

/** What to run, and who hears of it. */
export interface ReloadedProgramOptions {
  readonly args: string[];
  readonly cwd: string;
  /** Gets each line that it writes. */
  readonly onLine: (line: string) => void;
  /** Called when a run ended by itself, with what `Deno.CommandStatus` says. */
  readonly onEnd: (status: Deno.CommandStatus) => void;
}

/** Starts this Deno with `args`; a run that ends by itself is not started again before a change. */
export async function startReloaded(options: ReloadedProgramOptions): Promise<ReloadedProgram> {
  let process: TestProcess | undefined;
  const stop = async () => {
    const present = process;
    process = undefined; // before it ends: this end is ours
    await present?.stop();
  };
  const start = async () => {
    const { args, cwd, onLine } = options;
    const started = await startProcess(Deno.execPath(), { args, cwd, onLine, detached: true });
    process = started;
    started.exited.then((status) => {
      if (process === started) options.onEnd(status);
    });
  };
  await start();
  return {
    get process() {
      return process;
    },
    restart: async () => {
      await stop();
      await start();
    },
    [Symbol.asyncDispose]: stop,
  };
}
