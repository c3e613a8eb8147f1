import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { ImageLedger } from "../../../mod/pure/pulls/image_ledger.ts";
import { PULL_SCHEDULE } from "../../../mod/pure/pulls/pull_schedule.ts";
import { FAILURE_RULES, type PullFailure } from "../../../mod/pure/pulls/pull_outcome.ts";
import { APP, fail, later, ledgerOf, MINUTE, missing, MS, NOW, value, wanting } from "./ledgers.ts";

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

Deno.test("what has failed has a new chance within a minute when its pull secrets change", () => {
  const ledger = missing(APP);
  fail(ledger, APP, "not_found");
  const secrets = [{ namespace: "shop", name: "login" }, { namespace: "shop", name: "spare" }];
  ledger.setWanted(wanting(value(APP, { pullSecrets: secrets })), NOW);
  assertEquals(ledger.retryAt(APP), MS + MINUTE / 2);
  fail(ledger, APP, "not_found");
  assertEquals(ledger.retryAt(APP), MS + 7.5 * MINUTE, "as the first time");
  const turned = secrets.toReversed();
  ledger.setWanted(wanting(value(APP, { pullSecrets: turned })), NOW);
  assertEquals(ledger.retryAt(APP), MS + 7.5 * MINUTE, "the same in another order");
});

Deno.test("a fleet does not use its new chance in the same second", () => {
  const times = Array.from({ length: 6_000 }, () => {
    const ledger = new ImageLedger({ schedule: PULL_SCHEDULE, random: Math.random });
    ledger.setWanted(wanting(APP), NOW);
    fail(ledger, APP, "denied");
    const pullSecrets = [{ namespace: "shop", name: "login" }];
    ledger.setWanted(wanting(value(APP, { pullSecrets })), NOW);
    return (ledger.retryAt(APP) ?? NaN) - MS;
  });
  const perSecond = Map.groupBy(times, (ms) => Math.floor(ms / 1_000));
  const busiest = Math.max(...[...perSecond.values()].map((each) => each.length));
  assert(busiest < 200, `${busiest} of 6000 nodes in one second`); // 100 on average
});

Deno.test("a short wait is not made longer by a new chance", () => {
  const ledger = missing(APP);
  fail(ledger, APP, "network");
  const pullSecrets = [{ namespace: "shop", name: "login" }];
  ledger.setWanted(wanting(value(APP, { pullSecrets })), NOW);
  assertEquals(ledger.retryAt(APP), MS + 1_500);
});

const anyWanted = fc.record({
  priority: fc.integer(),
  sizeBytes: fc.nat(),
  neededBy: fc.constantFrom("2026-01-01T00:00:00.000Z", "2026-01-02T00:00:00.000Z"),
  placements: fc.constantFrom([{}], [{ nodeSelector: { pool: "gpu" } }, {}]),
  refresh: fc.constant(true as const),
}, { requiredKeys: [], noNullPrototype: true });

Deno.test("nothing else that changes in an entry is a new chance", () => {
  const failures = Object.keys(FAILURE_RULES) as PullFailure[];
  const changes = fc.array(anyWanted, { minLength: 1, maxLength: 5 });
  fc.assert(fc.property(fc.constantFrom(...failures), changes, (failure, changes) => {
    const ledger = missing(APP);
    fail(ledger, APP, failure);
    const [retryAt, before] = [ledger.retryAt(APP), ledger.counts()];
    for (const change of changes) ledger.setWanted(wanting(value(APP, change)), NOW);
    assertEquals(ledger.retryAt(APP), retryAt);
    assertEquals(ledger.counts(), before);
    if (failure === "rate_limited") return; // the registry's pause goes on, however many refuse
    fail(ledger, APP, failure, later(1));
    assert((ledger.retryAt(APP) ?? 0) > (retryAt ?? 0), "later than before");
  }));
});

Deno.test("a waiting image is judged by the priority that it has now", () => {
  const ledger = missing(APP);
  const changed = { priority: 7, sizeBytes: 9, neededBy: "2026-01-01T00:00:00.000Z" };
  ledger.setWanted(wanting(value(APP, changed)), NOW);
  const { priority, sizeBytes, neededBy } = ledger.candidates()[0] ?? {};
  assertEquals({ priority, sizeBytes, neededBy }, changed);
});

Deno.test("what becomes wanted here anew is pulled without delay", () => {
  const ledger = missing(APP);
  fail(ledger, APP, "not_found");
  ledger.setWanted(wanting(), NOW);
  ledger.setWanted(wanting(APP), NOW);
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
  const { failed, skipped, ...rest } = ledger.counts();
  assertEquals(rest, { wanted: 4, warm: 1, bytes: 0, pulling: 1, waiting: 1 });
  assertEquals([[...failed], [...skipped]], [[["denied", 1]], []]);
});

for (const [failure, reason] of [["no_room", "no room"], ["no_platform", "no_platform"]] as const) {
  Deno.test(`an image for which there is ${reason} is skipped, and has not failed`, () => {
    const ledger = missing(APP);
    fail(ledger, APP, failure);
    const { state, reason: told } = ledger.report(MS)[APP] ?? {};
    assertEquals([state, told], ["skipped", `${reason}: said so`]);
    const { failed, skipped } = ledger.counts();
    assertEquals([[...failed], [...skipped]], [[], [[failure, 1]]]);
    assertEquals(ledger.candidates()[0]?.failed, failure === "no_platform" ? true : undefined);
    ledger.recordCheck(APP, { state: "usable" }, NOW);
    assertEquals(ledger.counts().skipped.size, 0);
  });
}

Deno.test("what the runtime or the disk has failed is not put behind others", () => {
  for (const failure of ["runtime", "disk_full", "no_room", "rate_limited"] as const) {
    const ledger = missing(APP);
    fail(ledger, APP, failure);
    for (const each of ledger.beginCheck()) ledger.recordCheck(each, { state: "absent" }, NOW);
    assertEquals(ledger.candidates()[0]?.failed, undefined, failure);
  }
  for (const failure of ["network", "stalled", "not_found"] as const) {
    const ledger = missing(APP);
    fail(ledger, APP, failure);
    assertEquals(ledger.candidates()[0]?.failed, true, failure);
  }
});

Deno.test("a registry that names its pause gets that, and others of it wait as long", () => {
  const ledger = missing(APP, "reg.lab/db:1");
  ledger.beginPull(APP, NOW);
  const detail = "503 Service Unavailable";
  const outcome = {
    result: "failed",
    failure: "server_error",
    detail,
    retryAfterMs: 90_000,
  } as const;
  ledger.recordPull(APP, outcome, NOW);
  assertEquals([...ledger.pausedRegistries()], [["reg.lab", MS + 90_000 + 22_500 / 2]]);
  assertStringIncludes(
    ledger.report(MS)["reg.lab/db:1"]?.reason ?? "",
    "asked for a pause, until ",
  );
});

Deno.test("a tag that is asked about says what it stood for", () => {
  const ledger = new ImageLedger({
    schedule: PULL_SCHEDULE,
    random: () => 0,
    refreshEveryMs: MINUTE,
  });
  ledger.setWanted(wanting(value(APP, { refresh: true })), NOW);
  ledger.beginCheck();
  ledger.recordCheck(APP, { state: "usable", digest: "sha256:ab" }, NOW);
  const [candidate] = ledger.candidates();
  assertEquals([candidate?.refresh, candidate?.digest], [true, "sha256:ab"]);
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
  ledger.setWanted(
    wanting(value(APP, { pullSecrets: [{ namespace: "shop", name: "login" }] })),
    NOW,
  );
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
