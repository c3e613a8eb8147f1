import type { StateStore } from "../ports/state_store.ts";
import { META_KEY, partKey, reportKey } from "../pure/bucket/state_keys.ts";
import type { FleetView } from "./fleet_view.ts";

/** What is small, whatever the size of the cluster: all but the reports. */
const SMALL = [META_KEY, "node.>", "wanted.>", "beat.>"];
const REPORTS = ["report.>", "part.>"];

/** Keys that are read at a time: each takes the server a consumer for some seconds. */
const KEYS_AT_A_TIME = 32;

/** How the bucket is read; `signal` ends it, with its reason. */
interface ReadOptions {
  readonly signal: AbortSignal;
}

/** Reads all but the reports: how nodes do is told by their beats then. */
export async function readBeats(
  store: StateStore,
  view: FleetView,
  options: ReadOptions,
): Promise<void> {
  await readOnce(store, SMALL, options, (key, value) => view.put(key, value));
}

/** Reads the reports of all nodes: with 5,000 nodes and 500 images these are 300 MB. */
export async function readReports(
  store: StateStore,
  view: FleetView,
  options: ReadOptions,
): Promise<void> {
  await readOnce(store, REPORTS, options, (key, value) => view.put(key, value));
}

/** Reads the reports of some nodes. */
export async function readReportsOf(
  nodes: readonly string[],
  store: StateStore,
  view: FleetView,
  options: ReadOptions,
): Promise<void> {
  const read = async (keys: readonly string[]) => {
    for (const [key, value] of await readKeys(keys, store, options)) view.put(key, value);
  };
  await read(nodes.map(reportKey));
  await read(nodes.flatMap((node) => {
    const { parts = 1 } = view.fleet.nodes.get(node)?.report ?? {};
    return Array.from({ length: parts - 1 }, (_, index) => partKey(index + 2, node));
  }));
}

/** Reads values by their keys; those that are not there are left out. */
export async function readKeys(
  keys: readonly string[],
  store: StateStore,
  options: ReadOptions,
): Promise<Map<string, string>> {
  const values = new Map<string, string>();
  for (let from = 0; from < keys.length; from += KEYS_AT_A_TIME) {
    const some = keys.slice(from, from + KEYS_AT_A_TIME);
    await readOnce(store, some, options, (key, value) => values.set(key, value));
  }
  return values;
}

/** Keeps a view up to date until `signal` aborts; `changed` is called after each change. */
export async function followFleet(
  store: StateStore,
  view: FleetView,
  { signal, changed }: ReadOptions & { readonly changed: () => void },
): Promise<void> {
  for await (const change of store.follow([...SMALL, ...REPORTS], { signal })) {
    view.apply(change);
    changed();
  }
}

async function readOnce(
  store: StateStore,
  filters: readonly string[],
  { signal }: ReadOptions,
  put: (key: string, value: string) => void,
): Promise<void> {
  for await (const change of store.follow(filters, { signal })) {
    if (change.type === "synced") return;
    if (change.type === "put") put(change.key, change.value);
  }
  signal.throwIfAborted();
}
