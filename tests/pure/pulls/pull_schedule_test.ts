import { assert, assertEquals } from "@std/assert";
import { FAILURE_RULES, type PullFailure } from "../../../mod/pure/pulls/pull_outcome.ts";
import { afterFailure, PULL_SCHEDULE } from "../../../mod/pure/pulls/pull_schedule.ts";

const options = { schedule: PULL_SCHEDULE, random: () => 0.5 };
const after = (failure: PullFailure, failures = 1) => afterFailure(failure, failures, options);

Deno.test("no failed pull is tried again at once", () => {
  for (const failure of Object.keys(FAILURE_RULES) as PullFailure[]) {
    const { waitMs, pausesRegistry } = after(failure);
    assert(waitMs > 0 || pausesRegistry, `${failure} would be tried again at once`);
  }
});

Deno.test("the network is tried again soon, a missing image rarely", () => {
  assertEquals(after("network").waitMs, 1_500);
  assertEquals(after("network", 3).waitMs, 6_000);
  assertEquals(after("not_found").waitMs, 450_000);
  assert(after("not_found", 9).waitMs <= 60 * 60_000);
});

Deno.test("wrong bytes wait until containerd has dropped them", () => {
  assertEquals(after("bad_content").waitMs, 2_000);
});

Deno.test("429 holds back the registry and not the image", () => {
  assertEquals(after("rate_limited"), {
    state: "failed",
    waitMs: 0,
    pausesRegistry: true,
    stale: false,
  });
});

Deno.test("an image that has nothing for this platform is skipped, not failed", () => {
  assertEquals(after("no_platform").state, "skipped");
  assertEquals(after("lazy_snapshotter").state, "skipped");
  assertEquals(after("denied").state, "failed");
});

Deno.test("an image waits for room and for the runtime, which it then asks again", () => {
  assertEquals(after("disk_full").state, "waiting");
  const { state, stale } = after("runtime");
  assertEquals({ state, stale }, { state: "waiting", stale: true });
});
