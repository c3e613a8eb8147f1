import type { PullCandidate } from "./pull_choice.ts";
import { FAILURE_RULES, isWait, type PullFailure } from "./pull_outcome.ts";
import { grantsOf } from "../private_images/uses_here.ts";
import type { PullProgress } from "./pull_progress.ts";
import type { Moment } from "../moment.ts";
import type { ImageReport } from "../bucket/agent_wire.ts";
import type { WantedValue } from "../bucket/wire.ts";
import { secretName } from "../private_images/private_use.ts";
import { withoutUnset } from "../without_unset.ts";

/** One wanted image and all that this node knows of it. */
export interface ImageEntry {
  wanted: WantedValue;
  readonly registry: string;
  /** With the registry. */
  readonly repository: string;
  /**
   * `due`: the image must be checked; `asked`: a check is under way; `done`: the runtime has
   * answered, and nothing has happened since that could have changed its answer.
   */
  check: "due" | "asked" | "done";
  state: ImageReport["state"];
  /** What is kept of a warm one; undefined: the image. */
  as?: "bytes" | undefined;
  reason?: PullFailure | undefined;
  detail?: string | undefined;
  /** Why the last pull failed, also while the image waits or is pulled again; until it is warm. */
  lastFailure?: PullFailure | undefined;
  /** When it came into its state. */
  since: Moment;
  /** Failed pulls in a row. */
  failures: number;
  /** Not pulled before this time (monotonic ms). */
  notBefore: number;
  /** The same for a person, in ms since the epoch, as it was when its pull failed. */
  nextTryMs?: number | undefined;
  /**
   * From when on (monotonic ms) it is tried whether what is kept as bytes can be had as an image by
   * now; undefined: nothing has changed that could have made it so.
   */
  openFrom?: number | undefined;
  bytes?: number | undefined;
  /** Of what the reference stood for at the last look. */
  digest?: string | undefined;
  /** Whether the registry is being asked what it stands for by now; the image stays warm. */
  refreshing?: boolean | undefined;
  pullSeconds?: number | undefined;
  /** While it is pulled. */
  progress?: PullProgress | undefined;
  /** Why its bytes did not come through the relay. */
  direct?: string | undefined;
}

/** An image that has just become wanted; `reference` is canonical. */
export function newEntry(reference: string, wanted: WantedValue, now: Moment): ImageEntry {
  const repository = reference.replace(/@.*$|:[^/]*$/, "");
  return {
    wanted,
    repository,
    registry: repository.slice(0, repository.indexOf("/")),
    check: "due",
    state: "waiting",
    since: now,
    failures: 0,
    notBefore: 0,
  };
}

/** Brings an entry into a state; returns whether that changes anything that a report shows. */
export function moveEntry(
  entry: ImageEntry,
  state: ImageEntry["state"],
  now: Moment,
  { reason, detail, as }: Pick<ImageEntry, "reason" | "detail" | "as">,
): boolean {
  const isSame = entry.state === state && entry.as === as;
  if (isSame && entry.reason === reason && entry.detail === detail) return false;
  if (entry.state !== state) entry.since = now;
  if (state === "warm") {
    entry.failures = 0;
    entry.notBefore = 0;
    entry.lastFailure = undefined;
  }
  if (as === undefined) entry.openFrom = undefined;
  Object.assign(entry, { state, as, reason, detail, progress: undefined });
  return true;
}

/** The entry as far as choosing the next pull goes. */
export function pullCandidate(reference: string, entry: ImageEntry): PullCandidate {
  const { registry, repository, notBefore, wanted, digest } = entry;
  const { priority, neededBy, sizeBytes } = wanted;
  return {
    reference,
    registry,
    repository,
    priority,
    neededBy,
    sizeBytes,
    notBefore,
    digest,
    failed: hasFailedByItself(entry) || undefined,
  };
}

/** A runtime that went away, or a full disk, has failed all images alike. */
function hasFailedByItself({ failures, lastFailure }: ImageEntry): boolean {
  if (failures === 0 || lastFailure === undefined) return false;
  const { kind } = FAILURE_RULES[lastFailure];
  return kind === "retry" || kind === "park";
}

/** Whether a pull of `before` that failed could go another way with `after`: by other logins. */
export function givesNewChance(before: WantedValue, after: WantedValue): boolean {
  if (after.private && !grantsOf(before.private).isSupersetOf(grantsOf(after.private))) return true;
  if (before.pullSecrets.length !== after.pullSecrets.length) return true;
  const known = new Set(before.pullSecrets.map(secretName));
  return after.pullSecrets.some((secret) => !known.has(secretName(secret)));
}

/** Whether what the reference stands for may change. */
export function isMoving({ reference, refresh }: WantedValue): boolean {
  return refresh === true && !reference.includes("@");
}

/**
 * What the report says of the image: `ownReason` is why it waits though others need not,
 * `blockedReason` why others wait as well.
 */
export function imageReport(
  entry: ImageEntry,
  ownReason: string | undefined,
  blockedReason: string | undefined,
): ImageReport {
  const { state, as, reason, detail, since, bytes, pullSeconds, check, progress, direct } = entry;
  const { nextTryMs = NaN } = entry;
  const why = reason === undefined ? undefined : reasonText(reason, detail);
  const waiting = state === "waiting"
    ? ownReason ?? (check === "done" ? blockedReason : "not checked yet")
    : undefined;
  return withoutUnset({
    state,
    as,
    since: new Date(since.wallMs).toISOString(),
    reason: why ?? waiting,
    bytes,
    pullSeconds,
    progress: progress && shownProgress(progress),
    direct,
    nextTry: reason !== undefined && nextTryMs > since.wallMs
      ? new Date(nextTryMs).toISOString()
      : undefined,
  });
}

/** A report is for people: this one is no failure. */
const WORDS: Partial<Record<PullFailure, string>> = { "no_room": "no room" };

function reasonText(reason: PullFailure, detail: string | undefined): string {
  return isWait(reason) && detail !== undefined ? detail : `${WORDS[reason] ?? reason}: ${detail}`;
}

function shownProgress(progress: PullProgress): ImageReport["progress"] {
  const { bytes, totalBytes, bytesPerSecond, secondsLeft } = progress;
  return withoutUnset({
    bytes,
    totalBytes,
    bytesPerSecond: bytesPerSecond && Math.round(bytesPerSecond),
    secondsLeft: secondsLeft && Math.round(secondsLeft),
  });
}
