import { pause } from "../../async/delay.ts";
import type { StoreChange } from "../../ports/state_store.ts";
import { jittered } from "../../pure/backoff.ts";
import { type Arrival, NewestPerKey } from "./newest_per_key.ts";
import type { CurrentSession, Session } from "./sessions.ts";
import { type Followed, watchFilters } from "./watch_filters.ts";

/** How keys are followed. */
export interface FollowOptions {
  readonly signal: AbortSignal;
  /** Called when a watch has listed everything. */
  readonly watchWorks: () => void;
  /** Called when watches fail again and again although the session stands. */
  readonly watchFailed: (error: unknown) => void;
}

/** Pause after a watch that failed although the session stands. */
const RETRY_MS = 1000;

/**
 * Follows keys over any number of sessions. It remembers the version of each key, so after an outage
 * it yields real changes only (deletions too, even when their markers are gone); only another
 * incarnation of the bucket begins with `reset`. Ends when `signal` aborts.
 */
export async function* followKeys(
  sessions: CurrentSession,
  followed: Followed,
  options: FollowOptions,
): AsyncGenerator<StoreChange, void, undefined> {
  const { signal } = options;
  const follower = new Follower();
  let failures = 0;
  const listed = () => {
    failures = 0;
    options.watchWorks();
  };
  while (!signal.aborted) {
    const session = await sessions.next(signal).catch(() => undefined);
    if (session === undefined) return;
    const { incarnation } = session.bucket;
    if (follower.incarnation !== incarnation) yield follower.begin(incarnation);
    const failure = yield* watchSession(session, followed, follower, { signal, listed });
    if (session.signal.aborted || signal.aborted) continue;
    // The first may be the library's try to go on after a gap, which needs more permissions.
    if (++failures > 1) options.watchFailed(failure);
    session.requestCheck();
    await pause(jittered(RETRY_MS, Math.random), signal);
  }
}

/** What one follower knows of the bucket: the version of each key. */
class Follower {
  incarnation?: string;
  #synced = false;
  readonly #versions = new Map<string, string>();

  /** Forgets everything, as this is another bucket than before. */
  begin(incarnation: string): StoreChange {
    const reason = this.incarnation === undefined
      ? "first read of the bucket"
      : "the bucket was recreated";
    this.incarnation = incarnation;
    this.#synced = false;
    this.#versions.clear();
    return { type: "reset", reason };
  }

  /** Yields the change that an arrival makes; none when its version is known. */
  *apply({ key, version, value }: Arrival): Generator<StoreChange> {
    if (value === undefined) {
      if (this.#versions.delete(key)) yield { type: "delete", key };
    } else if (this.#versions.get(key) !== version) {
      this.#versions.set(key, version);
      yield { type: "put", key, value };
    }
  }

  /** Yields the deletion of each known key that is not in the complete listing `keys`. */
  *deleteUnlisted(keys: ReadonlySet<string>): Generator<StoreChange> {
    for (const key of [...this.#versions.keys()]) {
      if (keys.has(key)) continue;
      this.#versions.delete(key);
      yield { type: "delete", key };
    }
  }

  /** Yields `synced` once per incarnation. */
  *sync(): Generator<StoreChange> {
    if (this.#synced) return;
    this.#synced = true;
    yield { type: "synced" };
  }
}

/** Yields what changes until the session ends, or its watch fails; returns the failure. */
async function* watchSession(
  session: Session,
  followed: Followed,
  follower: Follower,
  { signal, listed }: { readonly signal: AbortSignal; readonly listed: () => void },
): AsyncGenerator<StoreChange, unknown, undefined> {
  const queue = new NewestPerKey();
  const left = new AbortController();
  const over = AbortSignal.any([signal, session.signal, left.signal]);
  let failure: unknown;
  const watching = watchFilters(session.connection, session.bucket, followed, {
    queue,
    signal: over,
  })
    .catch((error) => failure = error)
    .finally(() => queue.end());
  try {
    for (let next = await queue.next(); next && !over.aborted; next = await queue.next()) {
      if (next.type === "arrival") {
        yield* follower.apply(next);
        continue;
      }
      listed();
      yield* follower.deleteUnlisted(next.keys);
      yield* follower.sync();
    }
  } finally {
    left.abort();
    await watching;
  }
  return failure;
}
