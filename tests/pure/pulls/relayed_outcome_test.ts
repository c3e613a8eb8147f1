import { assertEquals } from "@std/assert";
import type { PullFailure } from "../../../mod/pure/pulls/pull_outcome.ts";
import {
  mayHaveMissedRelay,
  type RegistryAnswer,
  relayedOutcome,
} from "../../../mod/pure/pulls/relayed_outcome.ts";

const limited: RegistryAnswer = {
  result: "failed",
  failure: "rate_limited",
  detail: "registry.example answered 429",
  retryAfterMs: 5000,
};

Deno.test("what the registry answered counts before ctr's words for it", () => {
  for (const failure of ["server_error", "network", "not_found", "stalled"] as const) {
    assertEquals(relayedOutcome(failed(failure), limited), limited);
  }
});

Deno.test("what ended a pull on this node counts before what a registry answered", () => {
  for (const failure of ["runtime", "disk_full", "disk_error", "bad_content"] as const) {
    assertEquals(relayedOutcome(failed(failure), limited), failed(failure));
  }
});

Deno.test("a pull that was ended or succeeded is no failure, whatever was answered meanwhile", () => {
  assertEquals(relayedOutcome({ result: "cancelled" }, limited), { result: "cancelled" });
  assertEquals(relayedOutcome({ result: "pulled" }, limited), { result: "pulled" });
  assertEquals(relayedOutcome(failed("network"), undefined), failed("network"));
});

Deno.test("a pull that came to containerd may have missed the relay, any other has not", () => {
  assertEquals(mayHaveMissedRelay({ result: "pulled" }), true);
  assertEquals(mayHaveMissedRelay(failed("network")), true);
  assertEquals(mayHaveMissedRelay(failed("runtime")), false);
  assertEquals(mayHaveMissedRelay({ result: "cancelled" }), false);
});

function failed(failure: PullFailure): RegistryAnswer {
  return { result: "failed", failure, detail: "ctr's words" };
}
