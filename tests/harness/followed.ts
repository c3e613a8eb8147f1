import type { StateStore, StoreChange } from "../../mod/ports/state_store.ts";
import { waitUntil } from "./wait.ts";

/** A follow that runs in the background and keeps what it was told; disposing ends it. */
export interface Followed extends AsyncDisposable {
  /** Everything told so far, in order. */
  readonly changes: readonly StoreChange[];
  /** What a listener holds who obeys each change. */
  readonly held: ReadonlyMap<string, string>;
  /** True between a `synced` and the next `reset`. */
  readonly synced: boolean;
  /** How often it began anew. */
  readonly resets: number;
  /** Waits until `synced`. */
  untilSynced(): Promise<void>;
  /** Waits until exactly this is held, and `synced`. */
  untilHeld(expected: Readonly<Record<string, string>>): Promise<void>;
}

/** Follows keys and keeps what it is told. */
export function followed(store: StateStore, ...filters: string[]): Followed {
  return followedAsAgent(store, filters, []);
}

/** The same, where keys in `looked` are looked at, as agents do. */
export function followedAsAgent(
  store: StateStore,
  filters: readonly string[],
  looked: readonly string[],
): Followed {
  const stop = new AbortController();
  const changes: StoreChange[] = [];
  const held = new Map<string, string>();
  let synced = false;
  let resets = 0;
  const ended = (async () => {
    for await (const change of store.follow(filters, { signal: stop.signal, looked })) {
      changes.push(change);
      if (change.type === "reset") {
        synced = false;
        resets++;
        held.clear();
      } else if (change.type === "put") held.set(change.key, change.value);
      else if (change.type === "delete") held.delete(change.key);
      else synced = true;
    }
  })();
  const now = () => JSON.stringify([...held].sort());
  return {
    changes,
    held,
    get synced() {
      return synced;
    },
    get resets() {
      return resets;
    },
    untilSynced: () => waitUntil("the follower has synced", () => synced),
    untilHeld: (expected) => {
      const wanted = JSON.stringify(Object.entries(expected).sort());
      return waitUntil(`the follower holds ${wanted}`, () => synced && now() === wanted);
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await ended;
    },
  };
}
