import { TaskGroup } from "../async/task_group.ts";
import { Wake } from "../async/wake.ts";
import type { Clock } from "../ports/clock.ts";
import type { Logger } from "../ports/logger.ts";
import type { StateStore } from "../ports/state_store.ts";
import { decodeUninstallOrder, type UninstallOrder } from "../pure/bucket/uninstall_order.ts";
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
  /** Tells this order apart from those before; one that stands already is waited for in its place. */
  readonly id: string;
  readonly signal: AbortSignal;
  /** Called again and again while agents are awaited. */
  readonly waits: (verdict: RemovalVerdict) => void;
}

/**
 * Orders agents to give up all kept bytes; resolves once all have, or to what is known when `signal`
 * aborts. An order that disappears is given again: a controller that begins to lead meanwhile takes it
 * for one of an installation before. Where one stands already, that is taken for ours: two that order
 * it at a time would else write over each other for ever, and agents begin anew each time.
 */
export async function orderRemoval(
  { store, clock, logger, view }: RemovalDeps,
  { id, signal, waits }: RemovalOptions,
): Promise<RemovalVerdict> {
  let order: UninstallOrder = { v: 1, id, at: new Date(clock.wallMs()).toISOString() };
  const wake = new Wake();
  const done = new AbortController();
  const tasks = new TaskGroup(AbortSignal.any([signal, done.signal]));
  let [verdict, held]: [RemovalVerdict, UninstallOrder | undefined] = [UNREAD, undefined];
  tasks.start(async (signal) => {
    for await (const change of store.follow(FOLLOWED, { signal })) {
      if (change.type === "reset") held = undefined;
      if (!("key" in change) || change.key !== UNINSTALL_KEY) view.apply(change);
      else held = change.type === "put" ? readOrder(change.value) : undefined;
      wake.call("changed");
    }
  });
  tasks.start(async (signal) => {
    while (!signal.aborted) {
      await wake.next({ ...TIMES, signal });
      if (signal.aborted || !view.synced) continue;
      if (held === undefined) await give(signal);
      else order = held;
      verdict = removalVerdict(view.fleet, { id: order.id, nowMs: clock.monotonicMs() });
      if (verdict.isDone && held?.id === order.id) return done.abort();
      waits(verdict);
    }
  });
  const give = async (signal: AbortSignal) => {
    try {
      const inTime = AbortSignal.any([signal, AbortSignal.timeout(WRITE_MS)]);
      await store.put(UNINSTALL_KEY, JSON.stringify(order), { signal: inTime });
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

/** Undefined: agents do not understand it either. */
function readOrder(text: string): UninstallOrder | undefined {
  const decoded = decodeUninstallOrder(text);
  return "value" in decoded ? decoded.value : undefined;
}

/** Nothing is known yet. */
const UNREAD: RemovalVerdict = { isDone: false, done: 0, due: 0, nodes: [], awaited: 0 };
