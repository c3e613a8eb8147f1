import { delay } from "@std/async/delay";
import { type LabProcess, startProcess } from "./process.ts";

/** A program that is run from source and started again when told to. */
export interface ReloadedProgram extends AsyncDisposable {
  /** Ends the present run, if any, and starts the next. */
  restart(): Promise<void>;
  /** The present run. */
  readonly process: LabProcess | undefined;
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
  let process: LabProcess | undefined;
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

/**
 * Yields the name of a changed source file once all is quiet again; ends when `signal` aborts. The
 * entries are seen through their folder: editors replace files, and a watch would stay with the old.
 */
export async function* sourceChanges(
  repository: string,
  signal: AbortSignal,
): AsyncGenerator<string> {
  using entries = Deno.watchFs(repository, { recursive: false });
  using modules = Deno.watchFs(`${repository}/mod`);
  let changed: string | undefined;
  let at = 0;
  const note = (event: Deno.FsEvent) => {
    const path = event.paths.find((path) => isSource(path, repository));
    if (event.kind === "access" || path === undefined) return;
    changed = path.slice(repository.length + 1);
    at = Date.now();
  };
  const reading = Promise.all([entries, modules].map(async (watcher) => {
    for await (const event of watcher) note(event);
  }));
  while (!signal.aborted) {
    await delay(50, { signal }).catch(() => {});
    if (changed === undefined || Date.now() - at < QUIET_MS) continue;
    yield changed;
    changed = undefined;
  }
  entries.close();
  modules.close();
  await reading;
}

/** An editor that saves everything writes many files. */
const QUIET_MS = 200;

function isSource(path: string, repository: string): boolean {
  return path.startsWith(`${repository}/mod/`) && path.endsWith(".ts") ||
    path === `${repository}/controller.ts` || path === `${repository}/agent.ts`;
}
