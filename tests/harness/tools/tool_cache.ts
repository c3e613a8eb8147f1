import { progress } from "../progress.ts";

/** Where obtained tools live: $WARM_IMAGES_CACHE, else the user's own cache folder. */
export function cacheFolder(): string {
  const own = Deno.env.get("WARM_IMAGES_CACHE");
  if (own) return own;
  const base = Deno.env.get("XDG_CACHE_HOME") || `${Deno.env.get("HOME") ?? "/tmp"}/.cache`;
  return `${base}/warm-images`;
}

/** True when `key` was filled before. */
export function isCached(key: string): boolean {
  try {
    Deno.statSync(`${cacheFolder()}/${key}`);
    return true;
  } catch {
    return false;
  }
}

/**
 * Resolves to the folder of `key`, filled by `fill` when it is not there yet. The folder appears
 * whole or not at all, and one process fills it while others wait.
 */
export async function inCache(
  key: string,
  fill: (folder: string) => Promise<void>,
): Promise<string> {
  const folder = `${cacheFolder()}/${key}`;
  if (isCached(key)) return folder;
  await Deno.mkdir(cacheFolder(), { recursive: true });
  using _lock = await lock(key);
  if (isCached(key)) return folder;
  await removePartial(key);
  const partial = await Deno.makeTempDir({ dir: cacheFolder(), prefix: partialPrefix(key) });
  try {
    await fill(partial);
    await Deno.chmod(partial, 0o755);
    await Deno.rename(partial, folder);
  } catch (error) {
    await Deno.remove(partial, { recursive: true });
    throw error;
  }
  return folder;
}

/** Waits for the lock of `key`; the kernel takes it back from a process that dies. */
export async function lock(key: string): Promise<Disposable> {
  const file = await Deno.open(`${cacheFolder()}/${key}.lock`, { create: true, write: true });
  const notice = setTimeout(
    () => progress(`${key}: waiting for another process that is obtaining it`),
    2000,
  );
  try {
    await file.lock(true);
  } catch (error) {
    file.close();
    throw error;
  } finally {
    clearTimeout(notice);
  }
  return file;
}

/** What an interrupted run left; nobody else is at it, as the lock is ours. */
async function removePartial(key: string): Promise<void> {
  for await (const entry of Deno.readDir(cacheFolder())) {
    if (!entry.name.startsWith(partialPrefix(key))) continue;
    await Deno.remove(`${cacheFolder()}/${entry.name}`, { recursive: true });
  }
}

function partialPrefix(key: string): string {
  return `${key}.partial-`;
}
