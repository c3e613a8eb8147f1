import { ApiError, isExpired } from "./api_error.ts";
import { DeadlineError } from "../../async/deadline.ts";
import type { KindTarget } from "./kind_target.ts";
import { BrokenEventError } from "./watch_event.ts";
import { messageOf } from "../../pure/message_of.ts";

/** Why a watch begins again; label `reason` of warm_images_watch_restarts_total. */
export type RestartReason =
  | "ended" // by the server, as asked
  | "expired" // 410: the resource version is too old
  | "dropped" // connection lost, or not established
  | "silent" // nothing came for too long
  | "unauthorized" // 401, also with credentials read again
  | "forbidden" // 403
  | "absent" // 404: this server does not have the kind
  | "throttled" // 429, or 503 with Retry-After
  | "server_error" // any other failure the server reports
  | "broken_event"; // a line that cannot be read

/** What a failed list or watch means. */
export interface Trouble {
  readonly reason: RestartReason;
  /** What failed and what to do, for logs and conditions. */
  readonly text: string;
  /** The server refuses until somebody changes a right or installs the kind: retry slowly. */
  readonly refused: boolean;
  /** Changes after the last known resource version may be lost: list again. */
  readonly relist: boolean;
  readonly retryAfterMs?: number;
}

/** The longest pause that a Retry-After header may ask for. */
const MAX_RETRY_AFTER_MS = 5 * 60_000;

/** How far an attempt had come: in the list, before the watch's answer, or in its events. */
export type WatchPhase = "list" | "open" | "events";

/** Judges what a list or a watch threw. */
export function judgeTrouble(error: unknown, phase: WatchPhase, target: KindTarget): Trouble {
  const { resource } = target;
  const verb = phase === "list" ? "list" : "watch";
  const text = messageOf(error);
  const plain = { text, refused: false, relist: false };
  if (isExpired(error)) return { ...plain, reason: "expired", relist: true };
  if (error instanceof DeadlineError) return { ...plain, reason: "silent" };
  if (error instanceof BrokenEventError) return { ...plain, reason: "broken_event", relist: true };
  if (!(error instanceof ApiError)) return { ...plain, reason: "dropped" };
  switch (error.status) {
    case 401:
      return { ...plain, reason: "unauthorized" };
    case 403: {
      const where = target.namespaced ? "in all namespaces" : "in the cluster";
      const missing = `Cannot ${verb} ${resource} ${where}: grant the verbs get, list and watch`;
      return { ...plain, reason: "forbidden", refused: true, text: missing };
    }
    case 404: {
      const missing = `Cannot ${verb} ${resource}: this API server does not have ${target.path}`;
      return { ...plain, reason: "absent", refused: true, text: missing };
    }
  }
  // An ERROR event leaves open what was lost; a failed request does not.
  const answer = { ...plain, relist: phase === "events" };
  const { retryAfterMs } = error;
  if (retryAfterMs === undefined) {
    return { ...answer, reason: error.status === 429 ? "throttled" : "server_error" };
  }
  const wait = Math.min(retryAfterMs, MAX_RETRY_AFTER_MS);
  return { ...answer, reason: "throttled", retryAfterMs: wait };
}
