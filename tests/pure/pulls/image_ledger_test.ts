import { assert, assertEquals } from "@std/assert";
import type { Moment } from "../../../mod/pure/moment.ts";
import { ImageLedger } from "../../../mod/pure/pulls/image_ledger.ts";
import { PULL_SCHEDULE } from "../../../mod/pure/pulls/pull_schedule.ts";
import type { PullFailure } from "../../../mod/pure/pulls/pull_outcome.ts";
import type { WantedValue } from "../../../mod/pure/bucket/wire.ts";

const APP = "reg.lab/app:1";
/** The present moment; its two times have nothing to do with one another. */
const NOW: Moment = { wallMs: Date.UTC(2026, 0, 1), monotonicMs: 1_000_000 };
const MS = NOW.monotonicMs;
const MINUTE = 60_000;

function later(ms: number): Moment {
  return { wallMs: NOW.wallMs + ms, monotonicMs: NOW.monotonicMs + ms };
}

function value(reference: string, rest: Partial<WantedValue> = {}): WantedValue {
  return { v: 1, reference, priority: 0, placements: [{}], pullSecrets: [], ...rest };
}

function wanting(...values: readonly (string | WantedValue)[]): Map<string, WantedValue> {
  return new Map(values.map((each) => {
    const wanted = typeof each === "string" ? value(each) : each;
    return [wanted.reference, wanted];
  }));
}

function ledgerOf(...references: string[]): ImageLedger {
  const ledger = new ImageLedger({ schedule: PULL_SCHEDULE, random: () => 0.5 });
  ledger.setWanted(wanting(...references), NOW);
  return ledger;
}

/** A ledger whose images were checked and not found. */
function missing(...references: string[]): ImageLedger {
  const ledger = ledgerOf(...references);
  for (const reference of ledger.beginCheck()) {
    ledger.recordCheck(reference, { state: "absent" }, NOW);
  }
  return ledger;
}

function fail(ledger: ImageLedger, reference: string, failure: PullFailure, now = NOW): void {
  ledger.beginPull(reference, now);
  ledger.recordPull(reference, { result: "failed", failure, detail: "said so" }, now);
}

const candidates = (ledger: ImageLedger) => ledger.candidates().map(({ reference }) => reference);

Deno.test("an image is not pulled before the runtime was asked about it", () => {
  const ledger = ledgerOf(APP);
  assertEquals(candidates(ledger), []);
  assertEquals(ledger.beginCheck(), [APP]);
  assertEquals(ledger.report(MS)[APP]?.reason, "not checked yet");
  ledger.recordCheck(APP, { state: "absent" }, NOW);
  assertEquals(candidates(ledger), [APP]);
  assertEquals(ledger.beginCheck(), []);
});

Deno.test("a usable image is warm, an incomplete one is pulled", () => {
  const ledger = ledgerOf(APP, "reg.lab/half:1");
  ledger.beginCheck();
  ledger.recordCheck(APP, { state: "usable", bytes: 7 }, NOW);
  ledger.recordCheck("reg.lab/half:1", { state: "incomplete", why: "not unpacked" }, NOW);
  assertEquals(candidates(ledger), ["reg.lab/half:1"]);
  const since = new Date(NOW.wallMs).toISOString();
  assertEquals(ledger.report(MS)[APP], { state: "warm", since, bytes: 7 });
});

Deno.test("a warm image of which the runtime knows nothing any more is pulled again", () => {
  const ledger = ledgerOf(APP);
  ledger.beginCheck();
  ledger.recordCheck(APP, { state: "usable" }, NOW);
  ledger.markStale(APP);
  ledger.recordCheck(ledger.beginCheck()[0] ?? "", { state: "absent" }, NOW);
  assertEquals(candidates(ledger), [APP]);
});

Deno.test("an image marked stale during a check is checked again after its answer", () => {
  const ledger = ledgerOf(APP);
  const asked = ledger.beginCheck();
  ledger.markStale(APP);
  ledger.recordCheck(asked[0] ?? "", { state: "usable" }, NOW);
  assertEquals(ledger.beginCheck(), [APP]);
});

Deno.test("a running pull is no candidate and its time is kept when it succeeds", () => {
  const ledger = missing(APP);
  ledger.beginPull(APP, NOW);
  assertEquals(candidates(ledger), []);
  ledger.recordPull(APP, { result: "pulled", bytes: 5 }, later(1_500));
  assertEquals(ledger.pullSeconds(APP), 1.5);
  assertEquals(ledger.report(MS)[APP]?.bytes, 5);
  assertEquals([...ledger.warmRepositories()], ["reg.lab/app"]);
});

Deno.test("an image that is wanted again while its forgotten pull runs is checked when it ends", () => {
  const ledger = missing(APP);
  ledger.beginPull(APP, NOW);
  ledger.setWanted(wanting(), NOW);
  ledger.setWanted(wanting(APP), NOW);
  ledger.recordCheck(ledger.beginCheck()[0] ?? "", { state: "absent" }, NOW);
  ledger.recordPull(APP, { result: "pulled" }, later(1));
  assertEquals(ledger.beginCheck(), [APP]);
});

Deno.test("a failed pull waits longer each time, and success forgets the failures", () => {
  const ledger = missing(APP);
  fail(ledger, APP, "network");
  assertEquals(ledger.retryAt(APP), MS + 1_500);
  fail(ledger, APP, "network");
  assertEquals(ledger.retryAt(APP), MS + 3_000);
  ledger.recordCheck(APP, { state: "usable" }, NOW);
  assertEquals(ledger.retryAt(APP), undefined);
});

Deno.test("a parked image has a new chance at once when its entry changes, and only then", () => {
  const ledger = missing(APP);
  fail(ledger, APP, "not_found");
  ledger.setWanted(wanting(APP), NOW);
  ledger.markStale();
  assert((ledger.retryAt(APP) ?? 0) >= MS + 5 * MINUTE);
  ledger.setWanted(wanting(value(APP, { priority: 1 })), NOW);
  assertEquals(ledger.retryAt(APP), undefined);
});

Deno.test("429 holds back every image of the registry and no other", () => {
  const ledger = missing(APP, "reg.lab/db:1", "other.lab/x:1");
  fail(ledger, APP, "rate_limited");
  assertEquals([...ledger.pausedRegistries()], [["reg.lab", MS + 22_500]]);
  assertEquals(ledger.retryAt("reg.lab/db:1"), MS + 22_500);
  assertEquals(ledger.retryAt("other.lab/x:1"), undefined);
});

Deno.test("registry and repository are read off the reference, ports and digests included", () => {
  const digest = `[::1]:5000/a/b@sha256:${"0".repeat(64)}`;
  const [first, second] = missing("localhost:5000/x:1", digest).candidates();
  assertEquals([first?.registry, first?.repository], ["localhost:5000", "localhost:5000/x"]);
  assertEquals([second?.registry, second?.repository], ["[::1]:5000", "[::1]:5000/a/b"]);
});

Deno.test("a cancelled pull waits without blame", () => {
  const ledger = missing(APP);
  ledger.beginPull(APP, NOW);
  ledger.recordPull(APP, { result: "cancelled" }, NOW);
  assertEquals(ledger.report(MS)[APP]?.state, "waiting");
  assertEquals(candidates(ledger), [APP]);
});

Deno.test("the report says why: the failure itself, else what holds all pulls up", () => {
  const ledger = missing(APP, "reg.lab/db:1");
  fail(ledger, APP, "denied");
  const report = ledger.report(MS, "disk: full");
  assertEquals(report[APP]?.reason, "denied: said so");
  assertEquals(report["reg.lab/db:1"]?.reason, "disk: full");
});

Deno.test("the counts tell states and failures apart", () => {
  const ledger = missing(APP, "reg.lab/a:1", "reg.lab/b:1", "reg.lab/c:1");
  ledger.recordCheck(APP, { state: "usable" }, NOW);
  ledger.beginPull("reg.lab/a:1", NOW);
  fail(ledger, "reg.lab/b:1", "denied");
  const { failed, ...rest } = ledger.counts();
  assertEquals(rest, { wanted: 4, warm: 1, pulling: 1, waiting: 1 });
  assertEquals([...failed], [["denied", 1]]);
});

Deno.test("an image that waits for its registry's pause says so until the pause is over", () => {
  const ledger = missing(APP, "reg.lab/db:1", "other.lab/x:1");
  fail(ledger, APP, "rate_limited");
  const reasons = (now: number, blocked?: string) =>
    Object.values(ledger.report(now, blocked)).map(({ reason }) => reason);
  const paused = `reg.lab asked for a pause (429), until ${
    new Date(NOW.wallMs + 22_500).toISOString()
  }`;
  assertEquals(reasons(MS), ["rate_limited: said so", paused, undefined]);
  assertEquals(reasons(MS, "disk: full").slice(1), ["disk: full", "disk: full"]);
  assertEquals(reasons(MS + 22_500).slice(1), [undefined, undefined]);
});

Deno.test("an image stays failed while it is pulled again or waits, until it is warm", () => {
  const ledger = missing(APP);
  const failed = () => [...ledger.counts().failed];
  fail(ledger, APP, "network");
  ledger.beginPull(APP, NOW);
  assertEquals(failed(), [["network", 1]], "in its retry");
  ledger.recordPull(APP, { result: "cancelled" }, NOW);
  assertEquals(failed(), [["network", 1]], "cancelled");
  fail(ledger, APP, "denied");
  assertEquals(failed(), [["denied", 1]], "the last failure counts");
  ledger.setWanted(wanting(value(APP, { priority: 1 })), NOW);
  assertEquals(failed(), [["denied", 1]], "its entry changed");
  ledger.beginPull(APP, NOW);
  ledger.recordPull(APP, { result: "pulled" }, NOW);
  assertEquals(failed(), []);
  fail(ledger, APP, "network");
  ledger.setWanted(wanting(), NOW);
  assertEquals(failed(), [], "no longer wanted");
});

Deno.test("the version grows when a report would differ, and not otherwise", () => {
  const ledger = missing(APP);
  const before = ledger.version;
  ledger.recordCheck(APP, { state: "absent" }, NOW);
  ledger.setWanted(wanting(APP), NOW);
  assertEquals(ledger.version, before);
  ledger.recordCheck(APP, { state: "usable" }, NOW);
  const warm = ledger.version;
  assert(warm > before);
  ledger.setWanted(wanting(), NOW);
  assert(ledger.version > warm);
});
