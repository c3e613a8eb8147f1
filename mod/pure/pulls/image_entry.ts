import type { PullCandidate } from "./pull_choice.ts";
import type { PullFailure } from "./pull_outcome.ts";
import type { Moment } from "../moment.ts";
import type { ImageReport } from "../bucket/agent_wire.ts";
import type { WantedValue } from "../bucket/wire.ts";
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
  bytes?: number | undefined;
  /** Of what the reference stood for at the last look. */
  digest?: string | undefined;
  /** Whether the registry is being asked what it stands for by now; the image stays warm. */
  refreshing?: boolean | undefined;
  pullSeconds?: number | undefined;
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

/** The entry as far as choosing the next pull goes. */
export function pullCandidate(reference: string, entry: ImageEntry): PullCandidate {
  const { registry, repository, notBefore, wanted } = entry;
  const { priority, neededBy, sizeBytes } = wanted;
  return {
    reference,
    registry,
    repository,
    priority,
    neededBy,
    sizeBytes,
    notBefore,
  };
}

/** Whether what the reference stands for may change. */
export function isMoving({ reference, refresh }: WantedValue): boolean {
  return refresh === true && !reference.includes("@");
}

/** What the report says of the image; `blockedReason` is why no pull of it may start. */
export function imageReport(entry: ImageEntry, blockedReason: string | undefined): ImageReport {
  const { state, reason, detail, since, bytes, pullSeconds, check } = entry;
  const why = reason === undefined ? undefined : `${reason}: ${detail}`;
  const waiting = state === "waiting"
    ? (check === "done" ? blockedReason : "not checked yet")
    : undefined;
  return withoutUnset({
    state,
    since: new Date(since.wallMs).toISOString(),
    reason: why ?? waiting,
    bytes,
    pullSeconds,
  });
}
