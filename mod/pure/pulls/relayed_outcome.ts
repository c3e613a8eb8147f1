import type { PullFailure, PullOutcome } from "./pull_outcome.ts";

/** What ended a pull on this node, whatever a registry has answered: ctr's own words tell. */
const OF_THE_NODE: ReadonlySet<PullFailure> = new Set([
  ...["runtime", "disk_full", "disk_error", "bad_content"] as const,
]);

/** What a registry has answered, as the relay knows it. */
export type RegistryAnswer = Extract<PullOutcome, { readonly result: "failed" }>;

/**
 * Tells how a relayed pull ended. The relay knows the registry's status code and what it asked for,
 * where ctr has only words for them (`classifyPull()`).
 */
export function relayedOutcome(
  outcome: PullOutcome,
  answer: RegistryAnswer | undefined,
): PullOutcome {
  if (outcome.result !== "failed" || answer === undefined) return outcome;
  if (OF_THE_NODE.has(outcome.failure)) return outcome;
  // The image was found before: what is missing is a part of it, which may come yet.
  return answer.failure === "not_found" ? { ...answer, failure: "server_error" } : answer;
}

/**
 * Whether a pull that has asked the relay for nothing may have passed it by: its first step is to
 * ask for the manifest, also where all of the image is there.
 */
export function mayHaveMissedRelay(outcome: PullOutcome): boolean {
  if (outcome.result === "failed") return outcome.failure !== "runtime";
  return outcome.result === "pulled";
}
