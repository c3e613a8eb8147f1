import { assert, assertEquals } from "@std/assert";
import type { PullFailure, PullOutcome } from "../../mod/pure/pulls/pull_outcome.ts";

/** The pull failed in this way; returns what it tells of it. */
export function assertFailed(outcome: PullOutcome, failure: PullFailure): string {
  assert(outcome.result === "failed", JSON.stringify(outcome));
  assertEquals(outcome.failure, failure, outcome.detail);
  assert(outcome.detail !== "", "a failure says more than its kind");
  return outcome.detail;
}
