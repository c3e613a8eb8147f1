import { assert, assertEquals } from "@std/assert";
import type { Moment } from "../../../mod/pure/moment.ts";
import type { ImageLedger } from "../../../mod/pure/pulls/image_ledger.ts";
import { APP, fail, later, MINUTE, missing, MS, NOW } from "./ledgers.ts";

Deno.test("a report shows how far pulls are, and is due for that now and then", () => {
  const ledger = missing(APP, "reg.lab/db:1");
  ledger.beginPull(APP, NOW);
  const tell = (bytes: number, now: Moment) =>
    ledger.recordProgress(APP, {
      bytes,
      totalBytes: 9e6,
      bytesPerSecond: 1e6 / 3,
      secondsLeft: 2.6,
    }, now);
  assertEquals(tell(1, NOW), true);
  const due = Array.from({ length: 60 }, (_, second) => tell(second * 1e5, later(second * 1000)));
  assertEquals(due.filter((each) => each).length, 4, "once in 12.5 s");
  assertEquals(ledger.report(MS)[APP]?.progress, {
    bytes: 59e5,
    totalBytes: 9e6,
    bytesPerSecond: 333_333,
    secondsLeft: 3,
  });
  assertEquals(tell(59e5, later(MINUTE * 2)), false, "nothing has arrived since");
  ledger.recordPull(APP, { result: "pulled" }, later(1));
  assertEquals(ledger.report(MS)[APP]?.progress, undefined);
  assertEquals(tell(9e6, later(MINUTE * 3)), false, "it has ended");
});

Deno.test("a long report is due for progress less often", () => {
  const names = Array.from({ length: 600 }, (_, index) => `reg.lab/app${index}:1`);
  const ledger = missing(...names);
  ledger.beginPull(names[0] ?? "", NOW);
  const due = Array.from(
    { length: 600 },
    (_, second) =>
      ledger.recordProgress(
        names[0] ?? "",
        { bytes: second + 1, totalBytes: 999 },
        later(second * 1e3),
      ),
  );
  assertEquals(due.filter((each) => each).length, 8, "once in 75 s");
});

Deno.test("a report says that a pull went without the relay, and why, until one goes with it", () => {
  const ledger = missing(APP);
  ledger.beginPull(APP, NOW);
  ledger.recordPull(APP, { result: "pulled", direct: "hosts.toml: skip_verify" }, NOW);
  assertEquals(ledger.report(MS)[APP]?.direct, "hosts.toml: skip_verify");
  ledger.markStale();
  ledger.recordCheck(ledger.beginCheck()[0] ?? "", { state: "absent" }, NOW);
  ledger.beginPull(APP, NOW);
  ledger.recordPull(APP, { result: "pulled" }, NOW);
  assertEquals(ledger.report(MS)[APP]?.direct, undefined);
});

Deno.test("a report says when what failed is tried again, be it that its registry pauses", () => {
  const ledger = missing(APP, "reg.lab/db:1", "other.lab/db:1");
  fail(ledger, APP, "not_found");
  const tenMinutes = { ...ledger.report(MS)[APP] };
  assertEquals(tenMinutes.nextTry, iso(ledger.retryAt(APP)));
  fail(ledger, "other.lab/db:1", "rate_limited", later(MINUTE));
  assertEquals(ledger.report(MS)["other.lab/db:1"]?.nextTry, iso(ledger.retryAt("other.lab/db:1")));
  ledger.beginPull(APP, later(11 * MINUTE));
  assertEquals(ledger.report(MS)[APP]?.nextTry, undefined);
  ledger.recordPull(APP, { result: "pulled" }, later(12 * MINUTE));
  assertEquals(ledger.report(MS)[APP]?.nextTry, undefined);
  assertEquals(ledger.report(MS)["reg.lab/db:1"]?.nextTry, undefined);
});

/** A monotonic time as a time of day. */
function iso(monotonicMs = NaN): string {
  return new Date(NOW.wallMs + monotonicMs - MS).toISOString();
}

/** Checks all that is due; the runtime has only these. */
function check(ledger: ImageLedger, present: readonly string[], now: Moment): void {
  for (const reference of ledger.beginCheck()) {
    const isThere = present.includes(reference);
    ledger.recordCheck(reference, { state: isThere ? "usable" : "absent" }, now);
  }
}

Deno.test("an image that others remove again and again waits longer each time, and says why", () => {
  const ledger = missing(APP);
  let now = NOW;
  const notBefore: number[] = [];
  for (let time = 1; time <= 4; time++) {
    ledger.markStale(APP);
    check(ledger, [APP], now);
    ledger.markStale(APP);
    check(ledger, [], now);
    notBefore.push(((ledger.candidates()[0]?.notBefore ?? 0) - now.monotonicMs) / MINUTE);
    if (time < 4) now = later(now.monotonicMs - MS + 60 * MINUTE);
  }
  assertEquals(notBefore, [0, 10, 20, 40]);
  const back = new Date(now.wallMs + 40 * MINUTE).toISOString();
  const { state, reason } = ledger.report(now.monotonicMs)[APP] ?? {};
  assertEquals(state, "waiting");
  assertEquals(
    reason,
    "removed from this node 4 times, most likely by kubelet's garbage collection; " +
      `comes back at ${back}`,
  );
});

Deno.test("an image that waits after its removal is warm at once when somebody else pulls it", () => {
  const ledger = missing(APP);
  for (const present of [[APP], [], [APP], []]) {
    ledger.markStale(APP);
    check(ledger, present, NOW);
  }
  assert((ledger.candidates()[0]?.notBefore ?? 0) > MS);
  ledger.markStale(APP);
  check(ledger, [APP], NOW);
  assertEquals(ledger.report(MS)[APP]?.state, "warm");
});

Deno.test("an image that waits for its registry's pause says so until the pause is over", () => {
  const ledger = missing(APP, "reg.lab/db:1", "other.lab/x:1");
  fail(ledger, APP, "rate_limited");
  const reasons = (now: number, blocked?: string) =>
    Object.values(ledger.report(now, blocked)).map(({ reason }) => reason);
  const paused = `reg.lab asked for a pause, until ${new Date(NOW.wallMs + 22_500).toISOString()}`;
  assertEquals(reasons(MS), ["rate_limited: said so", paused, undefined]);
  assertEquals(reasons(MS, "disk: full").slice(1), ["disk: full", "disk: full"]);
  assertEquals(reasons(MS + 22_500).slice(1), [undefined, undefined]);
});
