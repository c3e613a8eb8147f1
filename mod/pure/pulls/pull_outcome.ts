import type { PullFailure } from "./pull_failure.ts";
import { maskedLine } from "../relay/masked_line.ts";
import { failureInText } from "./failure_texts.ts";

export type { PullFailure } from "./pull_failure.ts";

/** How one pull ended. `detail` is one line for a person, at most 500 characters, no secrets. */
export type PullOutcome =
  | {
    readonly result: "pulled";
    /** What was kept of it; absent: the image. */
    readonly as?: "bytes" | undefined;
    readonly bytes?: number | undefined;
    /** Of what the reference stands for now. */
    readonly digest?: string | undefined;
    /** Why it went without the relay, for a person; absent where it did not, and with the relay off. */
    readonly direct?: string | undefined;
  }
  | { readonly result: "cancelled" }
  /** Asked with `known`, and the reference still stands for that. */
  | { readonly result: "same" }
  | {
    readonly result: "failed";
    readonly failure: PullFailure;
    readonly detail: string;
    /** How long the registry asked to be left alone (429), in ms. */
    readonly retryAfterMs?: number | undefined;
    /** As in a pull that succeeded. */
    readonly direct?: string | undefined;
  };

/** A way to go on after a failure. */
export type OutcomeRule =
  /** Again with back-off; a try before `notBeforeMs` would certainly fail the same way. */
  | { readonly kind: "retry"; readonly notBeforeMs?: number }
  /** No pull from this registry for a while: others of its images would be refused as well. */
  | { readonly kind: "registry_pause" }
  /** A retry would not help: wait for the wanted entry to change, and try again rarely. */
  | { readonly kind: "park" }
  /** A login that comes gives a new chance at once; until then, try rarely whether it needs none. */
  | { readonly kind: "wait_for_login" }
  | { readonly kind: "wait_for_room" }
  | { readonly kind: "wait_for_runtime" };

/** What to do after each failure. */
export const FAILURE_RULES: Readonly<Record<PullFailure, OutcomeRule>> = {
  network: { kind: "retry" },
  "server_error": { kind: "retry" },
  stalled: { kind: "retry" },
  "not_usable": { kind: "retry" },
  // containerd drops the wrong bytes within 2 s; until then every try resumes from them
  "bad_content": { kind: "retry", notBeforeMs: 2000 },
  "rate_limited": { kind: "registry_pause" },
  "not_found": { kind: "park" },
  "login_awaited": { kind: "wait_for_login" },
  denied: { kind: "park" },
  "no_platform": { kind: "park" },
  "lazy_snapshotter": { kind: "park" },
  invalid: { kind: "park" },
  "disk_full": { kind: "wait_for_room" },
  "no_room": { kind: "wait_for_room" },
  "disk_error": { kind: "park" },
  runtime: { kind: "wait_for_runtime" },
};

const SKIPS: ReadonlySet<PullFailure> = new Set(["no_platform", "no_room", "lazy_snapshotter"]);

/** Whether a node does without the image then: nothing has failed, and nobody is to mend anything. */
export function isSkip(failure: PullFailure): boolean {
  return SKIPS.has(failure);
}

/** Whether an image waits after it for what is about to come: it has not failed. */
export function isWait(failure: PullFailure): boolean {
  return FAILURE_RULES[failure].kind === "wait_for_login";
}

/** What is left of a `ctr images pull` once it has ended. */
export interface EndedPull {
  /** Exit code; 128 + n when a signal ended it. */
  readonly code: number;
  /** The end of what it wrote to stderr. */
  readonly stderr: string;
  /** Path of containerd's socket: tells containerd's refusal from a registry's. */
  readonly socket: string;
  /** Why the agent ended it, if it did: a stop, no progress, no answer from the daemon, no end. */
  readonly endedBy?: "abort" | "stall" | "hung" | "ceiling" | undefined;
  /** How long nothing had moved when the agent ended it, in seconds. */
  readonly quietSeconds?: number | undefined;
  /** How long it had lasted when that was too long, in seconds. */
  readonly afterSeconds?: number | undefined;
}

/**
 * Tells how a pull ended. `ctr` exits with 1 whatever went wrong, so its `ctr: ` line decides; lines
 * above it mean nothing, as they come with success too. Those below are the registry's own words,
 * which containerd 2 repeats: a person reads them, but they decide nothing except over the registry.
 */
export function classifyPull(ended: EndedPull): PullOutcome {
  if (ended.endedBy === "abort") return { result: "cancelled" };
  if (ended.code === 0) return { result: "pulled" };
  const [said, registrySaid = ""] = lastWords(ended.stderr);
  if (ended.endedBy === "stall") {
    const quiet = `No progress for ${ended.quietSeconds ?? 0} s, so the pull was ended`;
    return failed("stalled", said === undefined ? quiet : `${quiet}; ctr said: ${said}`);
  }
  if (ended.endedBy === "ceiling") {
    const minutes = Math.round((ended.afterSeconds ?? 0) / 60);
    return failed("stalled", `Not done after ${minutes} min, long for its size, so it was ended`);
  }
  if (ended.endedBy === "hung") {
    return failed("runtime", `containerd at "${ended.socket}" does not answer`);
  }
  if (said === undefined) return withoutWords(ended);
  if (said.includes(ended.socket)) return failed("runtime", said);
  const whole = registrySaid === "" ? said : `${said}; the registry says: ${registrySaid}`;
  if (/^toomanyrequests(:|$)/i.test(registrySaid)) return failed("rate_limited", whole);
  const { failure, hint } = failureInText(said);
  return failed(failure, whole, hint);
}

/**
 * The text after the first `ctr: ` at the beginning of a line: ctr says it once, as the last thing it
 * does. What follows on further lines is the registry's, each line once.
 */
function lastWords(stderr: string): [ctr?: string, registry?: string] {
  const lines = stderr.split("\n");
  const at = lines.findIndex((line) => line.startsWith("ctr: "));
  const line = lines[at];
  if (line === undefined) return [];
  const below = lines.slice(at + 1).map((each) => each.trim());
  const words = below.filter((each) => each !== "" && each !== "errors:");
  return [line.slice("ctr: ".length).trim(), [...new Set(words)].join("; ")];
}

/** A pull that ended without success and without a `ctr: ` line: by a crash or somebody's signal. */
function withoutWords(ended: EndedPull): PullOutcome {
  if (ended.code > 128) return failed("runtime", `ctr was ended by signal ${ended.code - 128}`);
  const last = ended.stderr.split("\n").findLast((text) => text.trim() !== "") ?? "nothing";
  if (/^panic: |^goroutine /m.test(ended.stderr)) return failed("runtime", "ctr crashed: " + last);
  return failed("server_error", `ctr ended with code ${ended.code} and said: ${last}`);
}

const DETAIL_LENGTH = 500;

function failed(failure: PullFailure, text: string, hint?: string): PullOutcome {
  const tail = hint === undefined ? "" : ` (${hint})`;
  const line = maskedLine(text, DETAIL_LENGTH - tail.length);
  return { result: "failed", failure, detail: line + tail };
}
