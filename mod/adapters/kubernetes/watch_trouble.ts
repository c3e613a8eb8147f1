import { ApiError, isExpired, isTooLarge } from "./api_error.ts";
import { DeadlineError } from "../../async/deadline.ts";
import { type Backoff, backoffMs } from "../../pure/backoff.ts";
import type { KindTarget } from "./kind_target.ts";
import { BrokenEventError } from "./watch_event.ts";
import { messageOf } from "../../pure/message_of.ts";

/** Why a watch begins again; label `reason` of warm_images_watch_restarts_total. */
export const RESTART_REASONS = [
  "ended", // by the server, as asked
  "expired", // the server does not have the resource version: too old (410), or of the future
  "dropped", // connection lost, or not established
  "silent", // nothing came for too long
  "unauthorized", // 401, also with credentials read again
  "forbidden", // 403
  "absent", // 404: this server does not have the kind
  "throttled", // 429, or 503 with Retry-After
  "server_error", // any other failure the server reports
  "broken_event", // a line that cannot be read
] as const;

/** One of them. */
export type RestartReason = typeof RESTART_REASONS[number];

/** What a failed list or watch means. */
export interface Trouble {
  readonly reason: RestartReason;
  /** What failed and what to do, for logs and conditions. */
  readonly text: string;
  /** The server refuses until somebody changes a right or installs the kind: retry slowly. */
  readonly refused: boolean;
  /** The server cannot tell what came after the last known resource version: list again. */
  readonly relist: boolean;
  readonly retryAfterMs?: number;
}

/** The longest pause that a Retry-After header may ask for. */
const MAX_RETRY_AFTER_MS = 5 * 60_000;

/** How far an attempt had come: in the list, before the watch's answer, before or after its first event. */
export type WatchPhase = "list" | "open" | "opened" | "events";

/**
 * Judges what a list or a watch threw. Only an answer that leaves a gap asks for a new list: the
 * server does not have the version (410, or "Too large resource version"), an event cannot be read,
 * or the request cannot succeed as it is. Whatever passes by itself (no answer, 429, 5xx) does not:
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
 */
export function judgeTrouble(error: unknown, phase: WatchPhase, target: KindTarget): Trouble {
  const { resource } = target;
  const verb = phase === "list" ? "list" : "watch";
  const text = messageOf(error);
  const plain = { text, refused: false, relist: false };
  if (isExpired(error) || isTooLarge(error)) return { ...plain, reason: "expired", relist: true };
  if (error instanceof DeadlineError) return { ...plain, reason: "silent" };
  if (error instanceof BrokenEventError) return { ...plain, reason: "broken_event", relist: true };
  if (!(error instanceof ApiError)) return { ...plain, reason: "dropped" };
  switch (error.status) {
    case 401:
      return { ...plain, reason: "unauthorized" };
    case 403: {
      const missing = `Cannot ${verb} ${resource} ${placeOf(target)}: ` +
        "grant the verbs get, list and watch";
      return { ...plain, reason: "forbidden", refused: true, text: missing };
    }
    case 404: {
      const missing = `Cannot ${verb} ${resource}: this API server does not have ${target.path}`;
      return { ...plain, reason: "absent", refused: true, text: missing };
    }
  }
  const answer = { ...plain, relist: !passesByItself(error.status, phase) };
  const { retryAfterMs } = error;
  if (retryAfterMs === undefined) {
    return { ...answer, reason: error.status === 429 ? "throttled" : "server_error" };
  }
  const wait = Math.min(retryAfterMs, MAX_RETRY_AFTER_MS);
  return { ...answer, reason: "throttled", retryAfterMs: wait };
}

function placeOf({ namespace, namespaced }: KindTarget): string {
  if (namespace === undefined) return namespaced ? "in all namespaces" : "in the cluster";
  return namespaced ? `in namespace ${namespace}` : `by the name ${namespace}`;
}

/** An ERROR event that comes before any other would come again at each attempt from this version. */
function passesByItself(status: number, phase: WatchPhase): boolean {
  return status === 429 || (status >= 500 && phase !== "opened");
}

/** Time to wait after the `attempt`th trouble in a row, in ms: at least what the server asked for. */
export function retryMs(
  trouble: Trouble,
  attempt: number,
  backoff: Backoff,
  random: () => number,
): number {
  return backoffMs(attempt, backoff, random) + (trouble.retryAfterMs ?? 0);
}
