import type { Logger } from "../../ports/logger.ts";
import { messageOf } from "../../pure/message_of.ts";

/** A folder to watch; another identity means that it was recreated. */
export interface WatchedFolder {
  readonly folder: string;
  readonly identity: string;
  /** Whether changes in the folders below it count. */
  readonly recursive: boolean;
}

/** Calls `changed` when something in some folders may have changed; the caller checks what it was. */
export class FolderWatch implements AsyncDisposable {
  readonly #logger: Logger;
  readonly #changed: () => void;
  readonly #watchers = new Map<string, OpenWatcher>();

  constructor(logger: Logger, changed: () => void) {
    this.#logger = logger;
    this.#changed = changed;
  }

  /** Watches these folders and no others. A newly watched one counts as changed. */
  async watchOnly(folders: readonly WatchedFolder[]): Promise<void> {
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

  async [Symbol.asyncDispose](): Promise<void> {
    await this.watchOnly([]);
  }

  #open({ folder, recursive }: WatchedFolder): OpenWatcher {
    try {
      const watcher = Deno.watchFs(folder, { recursive });
      const pump = this.#pump(watcher);
      this.#changed();
      return { close: () => (watcher.close(), pump) };
    } catch (error) {
      // Too many watches, or a file system without them: the periodic check finds changes too.
      const reason = messageOf(error);
      this.#logger.warn("Could not watch a folder for changes, checking it periodically instead", {
        folder,
        reason,
      });
      return { close: () => Promise.resolve() };
    }
  }

  async #pump(watcher: Deno.FsWatcher): Promise<void> {
    // Our own reading is an access.
    for await (const { kind } of watcher) if (kind !== "access") this.#changed();
  }
}

interface OpenWatcher {
  close(): Promise<void>;
}
