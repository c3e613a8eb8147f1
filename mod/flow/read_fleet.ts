import type { StateStore } from "../ports/state_store.ts";
import {
  imageOfKey,
  META_KEY,
  parseStateKey,
  partKey,
  reportKey,
  whyKey,
} from "../pure/bucket/state_keys.ts";
import { inBatches } from "../pure/in_batches.ts";
import { decodeWhy, type WhyValue } from "../pure/bucket/wire.ts";
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

/** Which images are kept of reports; absent: all. */
interface ReportOptions extends ReadOptions {
  readonly only?: ReadonlySet<string> | undefined;
}

/** Reads all but the reports: how nodes do is told by their beats then. */
export async function readBeats(
  store: StateStore,
  view: FleetView,
  options: ReadOptions,
): Promise<void> {
  await readOnce(store, SMALL, options, (key, value) => view.put(key, value));
}

/**
 * Reads the reports of all nodes, or what these say of some images: with 5,000 nodes and 500 images
 * they are 300 MB to read, and 100 MB to keep.
 */
export async function readReports(
  store: StateStore,
  view: FleetView,
  options: ReportOptions,
): Promise<void> {
  const { only } = options;
  await readOnce(store, REPORTS, options, (key, value) => putReport(view, { key, value }, only));
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

/** Reads values by their keys, or by prefixes such as `sealed.>`; what is not there is left out. */
export async function readKeys(
  keys: readonly string[],
  store: StateStore,
  options: ReadOptions,
): Promise<Map<string, string>> {
  const values = new Map<string, string>();
  for (const some of inBatches(keys, KEYS_AT_A_TIME)) {
    await readOnce(store, some, options, (key, value) => values.set(key, value));
  }
  return values;
}

/** Reads why images are wanted, by canonical reference; what cannot be read is left out. */
export async function readReasons(
  store: StateStore,
  options: ReadOptions,
): Promise<Map<string, WhyValue>> {
  const reasons = new Map<string, WhyValue>();
  await readOnce(store, ["why.>"], options, (key, value) => {
    const image = imageOfKey(parseStateKey(key));
    const decoded = decodeWhy(value);
    if (image !== undefined && "value" in decoded) reasons.set(image, decoded.value);
  });
  return reasons;
}

/** Reads why one image is wanted; undefined where the bucket does not say. */
export async function readReasonsOf(
  reference: string,
  store: StateStore,
  options: ReadOptions,
): Promise<WhyValue | undefined> {
  const key = whyKey(reference);
  const decoded = decodeWhy((await readKeys([key], store, options)).get(key) ?? "");
  return "value" in decoded ? decoded.value : undefined;
}

/**
 * Keeps up to date why some images are wanted, or pods ask for them in vain, until `signal` aborts;
 * `changed` is called after each change.
 */
export async function followReasons(
  references: readonly string[],
  reasons: Map<string, WhyValue>,
  store: StateStore,
  { signal, changed }: ReadOptions & { readonly changed: () => void },
): Promise<void> {
  const isFew = references.length <= KEYS_AT_A_TIME;
  const keys = new Set(references.map(whyKey));
  for await (const change of store.follow(isFew ? [...keys] : ["why.>"], { signal })) {
    if (change.type === "reset") reasons.clear();
    else if (change.type !== "synced" && keys.has(change.key)) {
      const image = imageOfKey(parseStateKey(change.key)) ?? "";
      const decoded = decodeWhy(change.type === "put" ? change.value : "");
      if ("value" in decoded) reasons.set(image, decoded.value);
      else reasons.delete(image);
    }
    changed();
  }
}

/**
 * Keeps a view up to date until `signal` aborts, with all reports, or what these say of some images;
 * `changed` is called after each change.
 */
export async function followFleet(
  store: StateStore,
  view: FleetView,
  { signal, only, changed }: ReportOptions & { readonly changed: () => void },
): Promise<void> {
  for await (const change of store.follow([...SMALL, ...REPORTS], { signal })) {
    if (change.type === "put") putReport(view, change, only);
    else view.apply(change);
    changed();
  }
}

function putReport(
  view: FleetView,
  { key, value }: { readonly key: string; readonly value: string },
  only: ReportOptions["only"],
): void {
  if (only === undefined) view.put(key, value);
  else view.putOnly(only, key, value);
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
