import type { StateDiff } from "./desired_state.ts";
import { imageOfKey, parseStateKey, wantedKey, whyKey } from "./state_keys.ts";
import { withoutMark } from "./unwanted_since.ts";
import { decodeWanted, decodeWhy } from "./wire.ts";

/** Names of kinds that were never read. */
type Unread = Pick<ReadonlySet<string>, "has" | "size">;

/** Whether Nodes and Namespaces were read: before that, nothing may be deleted from the bucket. */
export function clusterIsRead(unread: Unread): boolean {
  return !unread.has("Namespace") && !unread.has("Node");
}

/**
 * Takes out of a difference what stands in the bucket on account of kinds that were never read:
 * their objects are unknown, not gone. An image stays while its reasons name such a kind, and so do
 * these reasons, as a controller that starts later knows of the kind's objects by them alone. An
 * image whose reasons are not all known stays as well. What a mark of a Namespace that was never read
 * may have let be private stays as it is.
 */
export function withoutUnread(
  diff: StateDiff,
  held: ReadonlyMap<string, string>,
  unread: Unread,
): StateDiff {
  if (unread.size === 0) return diff;
  const mayNameUnread = (why: string) => namesUnread(held.get(why), unread);
  const puts = new Map(diff.puts);
  for (const key of diff.puts.keys()) {
    const image = imageOfKey(parseStateKey(key));
    if (image !== undefined && isMarkedUnread(image, held, unread)) puts.delete(key);
  }
  for (const key of puts.keys()) {
    const isHeldWhy = parseStateKey(key)?.type === "why" && held.has(key);
    if (!isHeldWhy || !mayNameUnread(key)) continue;
    const unmarked = withoutMark(held.get(key)); // it is wanted again, whatever else wants it
    if (unmarked === undefined) puts.delete(key);
    else puts.set(key, unmarked);
  }
  if (!clusterIsRead(unread)) return { puts, unwantedKeys: [] };
  const unwantedKeys = diff.unwantedKeys.filter((key) => {
    const image = imageOfKey(parseStateKey(key));
    return image === undefined || !mayNameUnread(whyKey(image));
  });
  return { puts, unwantedKeys };
}

/** Kinds whose objects say what a workload's own template does not. */
const TOLD_BY = ["Pod", "ReplicaSet", "ControllerRevision"];

/** Also true where the reasons are missing, unreadable or cut short. */
function namesUnread(why: string | undefined, unread: Unread): boolean {
  if (why === undefined) return true;
  const decoded = decodeWhy(why);
  if ("fault" in decoded) return true;
  const { count, reasons } = decoded.value;
  return count > reasons.length ||
    reasons.some(({ kind, namespace, how }) =>
      [kind, ...(how === undefined ? [] : TOLD_BY)].some((each) =>
        unread.has(each) || unread.has(`${each}/${namespace}`)
      )
    );
}

/** Whether an image is held as private, and may be so by the mark of a Namespace that was not read. */
function isMarkedUnread(
  image: string,
  held: ReadonlyMap<string, string>,
  unread: Unread,
): boolean {
  const wanted = decodeWanted(held.get(wantedKey(image)) ?? "");
  if (!("value" in wanted) || wanted.value.private === undefined) return false;
  if (unread.has("Namespace")) return true;
  const why = decodeWhy(held.get(whyKey(image)) ?? "");
  return "value" in why &&
    why.value.reasons.some(({ namespace }) => unread.has(`Namespace/${namespace}`));
}
