import { delay } from "../../async/delay.ts";
import type { StoreChange } from "../../ports/state_store.ts";
import { jittered } from "../../pure/backoff.ts";
import { type Arrival, NewestPerKey } from "./newest_per_key.ts";
import type { Session } from "./sessions.ts";
import { watchFilters } from "./watch_filters.ts";

/** Where the follower gets its sessions. */
export interface SessionSource {
  /** Resolves to the present session, or the next; rejects when `signal` aborts. */
  next(signal: AbortSignal): Promise<Session>;
}

/** How a follow is made. */
export interface FollowOptions {
  readonly signal: AbortSignal;
  /** Told why watches fail although the session stands, and `undefined` once one has listed all. */
  readonly watched: (failure: unknown) => void;
}

/** Pause after a watch that failed although the session stands. */
const RETRY_MS = 1000;

/**
 * Follows keys over any number of sessions. It remembers the version of each key, so after an outage
 * only real changes are told (deletions too, even when their markers are gone); only another
 * incarnation of the bucket begins with `reset`. Ends when `signal` aborts.
 */
export async function* followKeys(
  sessions: SessionSource,
  filters: readonly string[],
  options: FollowOptions,
): AsyncGenerator<StoreChange, void, undefined> {
  const { signal, watched } = options;
  const follower = new Follower();
  let failures = 0;
  const listed = () => {
    failures = 0;
    watched(undefined);
  };
  while (!signal.aborted) {
    const session = await sessions.next(signal).catch(() => undefined);
    if (session === undefined) return;
    const { incarnation } = session.bucket;
    if (follower.incarnation !== incarnation) yield follower.begin(incarnation);
    const failure = yield* followSession(session, filters, follower, { signal, listed });
    if (session.signal.aborted || signal.aborted) continue;
    // The first may be the library's try to go on after a gap, which needs more permissions.
    if (++failures > 1) watched(failure);
    session.doubt();
    await delay(jittered(RETRY_MS, Math.random), { signal }).catch(() => {});
  }
}

/** What one follower knows of the bucket. */
class Follower {
  incarnation?: string;
  #synced = false;
  readonly #held = new Map<string, string>();

  begin(incarnation: string): StoreChange {
    const reason = this.incarnation === undefined
      ? "first look at the bucket"
      : "the bucket was made anew";
    this.incarnation = incarnation;
    this.#synced = false;
    this.#held.clear();
    return { type: "reset", reason };
  }

  /** What an arrival changes: nothing when it was told before. */
  *take({ key, version, value }: Arrival): Generator<StoreChange> {
    if (value === undefined) {
      if (this.#held.delete(key)) yield { type: "delete", key };
    } else if (this.#held.get(key) !== version) {
      this.#held.set(key, version);
      yield { type: "put", key, value };
    }
  }

  /** Everything there is was listed: what is held and was not `seen` is gone. */
  *settle(seen: ReadonlySet<string>): Generator<StoreChange> {
    for (const key of [...this.#held.keys()]) {
      if (seen.has(key)) continue;
      this.#held.delete(key);
      yield { type: "delete", key };
    }
    if (this.#synced) return;
    this.#synced = true;
    yield { type: "synced" };
  }
}

/** Tells what changes until the session ends, or its watch fails: returns why. */
async function* followSession(
  session: Session,
  filters: readonly string[],
  follower: Follower,
  { signal, listed }: { readonly signal: AbortSignal; readonly listed: () => void },
): AsyncGenerator<StoreChange, unknown, undefined> {
  const queue = new NewestPerKey();
  const left = new AbortController();
  const over = AbortSignal.any([signal, session.signal, left.signal]);
  let failure: unknown;
  const watching = watchFilters(session.bucket.kv, filters, { queue, signal: over })
    .catch((error) => failure = error)
    .finally(() => queue.end());
  try {
    for (let next = await queue.next(); next && !over.aborted; next = await queue.next()) {
      if (next.type === "listed") {
        listed();
        yield* follower.settle(next.seen);
      } else yield* follower.take(next);
    }
  } finally {
    left.abort();
    await watching;
  }
  return failure;
}
