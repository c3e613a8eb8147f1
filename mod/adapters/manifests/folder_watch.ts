import type { Logger } from "../../ports/logger.ts";
import { messageOf } from "../../pure/message_of.ts";

/** A folder to watch; another identity means that it was made anew. */
export interface WatchedFolder {
  readonly folder: string;
  readonly identity: string;
  /** Whether changes in the folders below it count. */
  readonly recursive: boolean;
}

/** How long to wait for changes, in milliseconds. */
export interface WatchTimes {
  /** Give up waiting after this time: events may be lost, and folders on some mounts have none. */
  readonly idleMs: number;
  /** After an event wait for this long without another one … */
  readonly quietMs: number;
  /** … but at most this long. */
  readonly gatherMs: number;
}

/** Tells that something in some folders may have changed; what it was is not its business. */
export class FolderWatch implements AsyncDisposable {
  readonly #logger: Logger;
  readonly #watchers = new Map<string, OpenWatcher>();
  #pending = false;
  #ring: (() => void) | undefined;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Watches these folders and no others. A newly watched one counts as changed. */
  async follow(folders: readonly WatchedFolder[]): Promise<void> {
    const wanted = new Map(folders.map((folder) => [JSON.stringify(folder), folder]));
    for (const [key, watcher] of this.#watchers) {
      if (wanted.has(key)) continue;
      this.#watchers.delete(key);
      await watcher.close();
    }
    for (const [key, folder] of wanted) {
      if (!this.#watchers.has(key)) this.#watchers.set(key, this.#open(folder));
    }
  }

  /** Resolves after changes have come to rest, after `idleMs`, or when `signal` aborts. */
  async next(times: WatchTimes, options: { readonly signal: AbortSignal }): Promise<void> {
    if (!this.#pending) await this.#called(times.idleMs, options.signal);
    const latest = performance.now() + times.gatherMs;
    while (this.#pending && !options.signal.aborted) {
      this.#pending = false;
      const waitMs = Math.min(times.quietMs, latest - performance.now());
      if (waitMs <= 0) break;
      await this.#called(waitMs, options.signal);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.follow([]);
  }

  #open({ folder, recursive }: WatchedFolder): OpenWatcher {
    try {
      const watcher = Deno.watchFs(folder, { recursive });
      const pump = this.#pump(watcher);
      this.#call();
      return { close: () => (watcher.close(), pump) };
    } catch (error) {
      // Too many watches, or a file system without them: the next look finds changes all the same.
      const reason = messageOf(error);
      this.#logger.warn("Cannot watch a folder for changes, looks at it from time to time", {
        folder,
        reason,
      });
      return { close: () => Promise.resolve() };
    }
  }

  async #pump(watcher: Deno.FsWatcher): Promise<void> {
    // Our own reading is an access.
    for await (const { kind } of watcher) if (kind !== "access") this.#call();
  }

  #call(): void {
    this.#pending = true;
    this.#ring?.();
  }

  #called(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", end);
        this.#ring = undefined;
        resolve();
      };
      const timer = setTimeout(end, ms);
      signal.addEventListener("abort", end);
      this.#ring = end;
    });
  }
}

interface OpenWatcher {
  close(): Promise<void>;
}
