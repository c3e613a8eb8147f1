import type { PullFailure, PullOutcome } from "./pull_outcome.ts";

/** How a pull went with its registry; metrics by registry have no more words. */
export type RegistryResult = "pulled" | "failed" | "rate_limited";

/** All of them. */
export const REGISTRY_RESULTS: readonly RegistryResult[] = ["pulled", "failed", "rate_limited"];

/** Failures between the node and its registry; the others are the node's own, or the image's. */
const BY_REGISTRY: ReadonlySet<PullFailure> = new Set([
  "network",
  "server_error",
  "not_found",
  "denied",
  "bad_content",
  "stalled",
]);

/** How a pull went with its registry; undefined: it says nothing of that. */
export function registryResult(outcome: PullOutcome): RegistryResult | undefined {
  if (outcome.result === "pulled") return "pulled";
  if (outcome.result !== "failed") return undefined;
  if (outcome.failure === "rate_limited") return "rate_limited";
  return BY_REGISTRY.has(outcome.failure) ? "failed" : undefined;
}
