import { grantsOf, isOpenGrant, mayBeBytes, mayBeOpen } from "../private_images/uses_here.ts";
import type { WantedValue } from "../bucket/wire.ts";
import type { ImageEntry } from "./image_entry.ts";
import type { PullFailure } from "./pull_failure.ts";

/** What a login that comes may mend. */
const BY_LOGIN: ReadonlySet<PullFailure> = new Set(["login_awaited", "denied", "not_found"]);

/** Whether a login that comes may mend such a failure. */
export function mayLoginMend(failure: PullFailure | undefined): boolean {
  return failure !== undefined && BY_LOGIN.has(failure);
}

/**
 * Takes in that others may have the image of an entry, or by other logins, than by `before`: it is
 * looked at again, and what is kept as bytes may be open from `openFrom` on (monotonic ms). Returns
 * whether bytes that are kept do not suffice any more.
 */
export function takeUses(entry: ImageEntry, before: WantedValue, openFrom: () => number): boolean {
  if (before.private === undefined && entry.wanted.private === undefined) return false;
  const [old, grants] = [grantsOf(before.private), grantsOf(entry.wanted.private)];
  if (old.isSupersetOf(grants) && grants.isSupersetOf(old)) return false;
  entry.check = "due";
  if (entry.as !== "bytes") return false;
  if (!mayBeBytes(entry.wanted.private)) return true;
  if (!grants.values().some((grant) => isOpenGrant(grant) && !old.has(grant))) return false;
  entry.openFrom = openFrom();
  return false;
}

/** Takes in that a login has come or changed, by which an image of bytes may be open by now. */
export function takeLogin(entry: ImageEntry, now: number): void {
  if (entry.as === "bytes" && mayBeOpen(entry.wanted.private)) entry.openFrom = now;
}

/** Takes in that what is kept as bytes could not be had as an image; `later` is when to try again. */
export function stillBytes(entry: ImageEntry, failure: PullFailure, later: number): void {
  if (entry.openFrom === undefined) return;
  entry.openFrom = mayLoginMend(failure) ? undefined : later;
}

/**
 * Whether bytes of the image are of use on this node: where they suffice, and where it is still to
 * be pulled as an image, which then fetches nothing of them again.
 */
export function isHelpedByBytes({ wanted, state, as }: ImageEntry): boolean {
  const isImage = state === "warm" && as === undefined;
  return mayBeBytes(wanted.private) || (mayBeOpen(wanted.private) && !isImage);
}
