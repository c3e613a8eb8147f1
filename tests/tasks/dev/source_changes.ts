import { delay } from "@std/async/delay";

/** What is watched below the repository besides the programs' own sources. */
export interface WatchOptions {
  /** The chart and the Dockerfile too. */
  readonly images?: boolean;
}

/**
 * Yields the name of a changed source file once all is quiet again; ends when `signal` aborts. The
 * entries are seen through their folder: editors replace files, and a watch would stay with the old.
 */
export async function* sourceChanges(
  repository: string,
  signal: AbortSignal,
  { images = false }: WatchOptions = {},
): AsyncGenerator<string> {
  using entries = Deno.watchFs(repository, { recursive: false });
  using modules = Deno.watchFs(`${repository}/mod`);
  using chart = images ? Deno.watchFs(`${repository}/chart`) : undefined;
  const watchers = [entries, modules, ...(chart ? [chart] : [])];
  let changed: string | undefined;
  let at = 0;
  const note = (event: Deno.FsEvent) => {
    const path = event.paths.find((path) => {
      return isSource(path, repository) || images && isOfImages(path, repository);
    });
    if (event.kind === "access" || path === undefined) return;
    changed = path.slice(repository.length + 1);
    at = Date.now();
  };
  const reading = Promise.all(watchers.map(async (watcher) => {
    for await (const event of watcher) note(event);
  }));
  while (!signal.aborted) {
    await delay(50, { signal }).catch(() => {});
    if (changed === undefined || Date.now() - at < QUIET_MS) continue;
    const file = changed;
    changed = undefined; // before it is handled: what changes meanwhile is for the next round
    yield file;
  }
  for (const watcher of watchers) watcher.close();
  await reading;
}

/** An editor that saves everything writes many files. */
const QUIET_MS = 200;

function isSource(path: string, repository: string): boolean {
  return path.startsWith(`${repository}/mod/`) && path.endsWith(".ts") ||
    path === `${repository}/controller.ts` || path === `${repository}/agent.ts`;
}

function isOfImages(path: string, repository: string): boolean {
  return path.startsWith(`${repository}/chart/`) ||
    ["Dockerfile", "deno.json", "deno.lock"].some((name) => path === `${repository}/${name}`);
}
