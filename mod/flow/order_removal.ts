import { TaskGroup } from "../async/task_group.ts";
import { Wake } from "../async/wake.ts";
import type { Clock } from "../ports/clock.ts";
import type { Logger } from "../ports/logger.ts";
import type { StateStore } from "../ports/state_store.ts";
import type { UninstallOrder } from "../pure/bucket/uninstall_order.ts";
import { UNINSTALL_KEY } from "../pure/bucket/state_keys.ts";
import { type RemovalVerdict, removalVerdict } from "../pure/fleet/removal_verdict.ts";
import { messageOf } from "../pure/message_of.ts";
import type { FleetView } from "./fleet_view.ts";

/** How long changes are gathered, and how often it is looked again, in ms. */
const TIMES = { quietMs: 100, maxMs: 500, idleMs: 1_000 };
/** How long a write may take, in ms. */
const WRITE_MS = 10_000;

/** Beats tell what is to be known; reports would be hundreds of MB in a large cluster. */
const FOLLOWED = [UNINSTALL_KEY, "node.>", "beat.>"];

/** What `orderRemoval()` works with. */
export interface RemovalDeps {
  readonly store: StateStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly view: FleetView;
}

/** What is ordered, and how it is waited. */
export interface RemovalOptions {
  /** Tells this order apart from those before. */
  readonly id: string;
  readonly signal: AbortSignal;
  /** Called again and again while agents are awaited. */
  readonly waits: (verdict: RemovalVerdict) => void;
}

/**
 * Orders agents to give up all kept bytes; resolves once all have, or to what is known when `signal`
 * aborts. An order that disappears is given again: a controller that begins to lead meanwhile takes it
 * for one of an installation before.
 */
export async function orderRemoval(
  { store, clock, logger, view }: RemovalDeps,
  { id, signal, waits }: RemovalOptions,
): Promise<RemovalVerdict> {
  const order: UninstallOrder = { v: 1, id, at: new Date(clock.wallMs()).toISOString() };
  const value = JSON.stringify(order);
  const wake = new Wake();
  const done = new AbortController();
  const tasks = new TaskGroup(AbortSignal.any([signal, done.signal]));
  let [verdict, held]: [RemovalVerdict, string | undefined] = [UNREAD, undefined];
  tasks.start(async (signal) => {
    for await (const change of store.follow(FOLLOWED, { signal })) {
      if (change.type === "reset") held = undefined;
      if (!("key" in change) || change.key !== UNINSTALL_KEY) view.apply(change);
      else held = change.type === "put" ? change.value : undefined;
      wake.call("changed");
    }
  });
  tasks.start(async (signal) => {
    while (!signal.aborted) {
      await wake.next({ ...TIMES, signal });
      if (signal.aborted || !view.synced) continue;
      if (held !== value) await give(signal);
      verdict = removalVerdict(view.fleet, { id, nowMs: clock.monotonicMs() });
      if (verdict.isDone && held === value) return done.abort();
      waits(verdict);
    }
  });
  const give = async (signal: AbortSignal) => {
    try {
      const inTime = AbortSignal.any([signal, AbortSignal.timeout(WRITE_MS)]);
      await store.put(UNINSTALL_KEY, value, { signal: inTime });
    } catch (error) {
      if (signal.aborted) return;
      logger.warn("Could not write the order to give up bytes, trying again", {
        error: messageOf(error),
      });
    }
  };
  await tasks.ended();
  return verdict;
}

/** Nothing is known yet. */
const UNREAD: RemovalVerdict = { isDone: false, done: 0, due: 0, nodes: [], awaited: 0 };
