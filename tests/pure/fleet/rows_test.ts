import { assertEquals } from "@std/assert";
import type { BeatValue, ReadImageReport } from "../../../mod/pure/bucket/agent_wire.ts";
import { WantedValues } from "../../../mod/pure/bucket/wanted_values.ts";
import { Fleet } from "../../../mod/pure/fleet/fleet.ts";
import { fleetSummary } from "../../../mod/pure/fleet/fleet_summary.ts";
import { imageRows } from "../../../mod/pure/fleet/image_rows.ts";
import { nodeRows } from "../../../mod/pure/fleet/node_rows.ts";

const SINCE = "2026-11-27T09:00:00.000Z";
const NOW_MS = 1_000_000;
const MINUTE_MS = 60_000;

const warm: ReadImageReport = { state: "warm", since: SINCE };
const pulled: ReadImageReport = { ...warm, bytes: 100, pullSeconds: 2 };
const notFound: ReadImageReport = { state: "failed", since: SINCE, reason: "not_found: no tag" };

Deno.test("the worst node comes first: silent, then failing, then lacking, then by name", () => {
  const fleet = new Fleet();
  for (const name of ["e", "d", "c", "b", "a", "f"]) fleet.putNode(node(name));
  report(fleet, "e", { "x:1": warm });
  report(fleet, "d", { "x:1": warm });
  report(fleet, "c", { "x:1": { state: "waiting", since: SINCE } });
  report(fleet, "b", { "x:1": notFound });
  report(fleet, "a", { "x:1": warm }, NOW_MS - 4 * MINUTE_MS);
  assertEquals(rows(fleet, wanted("x:1")).map(({ node, agent }) => [node, agent]), [
    ["f", "missing"],
    ["a", "stale"],
    ["b", "fresh"],
    ["c", "fresh"],
    ["d", "fresh"],
    ["e", "fresh"],
  ]);
});

Deno.test("a node without an agent wants what its placement says, and nobody misses one that wants none", () => {
  const fleet = new Fleet();
  fleet.putNode({ ...node("a"), skip: true });
  fleet.putNode(node("b"));
  report(fleet, "b", { "x:1": notFound });
  const [first, second] = rows(fleet, wanted("x:1", "y:1"));
  assertEquals([first?.node, first?.wanted], ["b", 1]);
  assertEquals([second?.node, second?.agent, second?.wanted], ["a", "missing", 0]);
  fleet.putNode({ ...node("a"), skip: false });
  const [worst] = rows(fleet, wanted("x:1", "y:1"));
  assertEquals([worst?.node, worst?.wanted, worst?.warm], ["a", 2, 0]);
});

Deno.test("where only a beat is known, its counts are shown", () => {
  const fleet = new Fleet();
  fleet.putBeat(beat("a", { wanted: 5, warm: 2, pulling: 1, waiting: 1, failed: 1 }), NOW_MS);
  const [row] = rows(fleet);
  assertEquals([row?.wanted, row?.warm, row?.failed, row?.skipped], [5, 2, 1, 0]);
  assertEquals([row?.diskPercent, row?.diskFreeBytes, row?.version], [71.5, 3e9, "0.3.0"]);
});

Deno.test("running pulls of a node are summed, and the longest of them tells the time left", () => {
  const fleet = new Fleet();
  const pull = (progress: ReadImageReport["progress"]) => ({
    state: "pulling",
    since: SINCE,
    ...(progress && { progress }),
  });
  report(fleet, "a", {
    "x:1": pull({ bytes: 10, totalBytes: 100, secondsLeft: 9 }),
    "y:1": pull({ bytes: 50, totalBytes: 60, secondsLeft: 2 }),
    "z:1": pull(undefined),
  });
  report(fleet, "b", { "x:1": pull({ bytes: 0, totalBytes: 5 }) });
  const all = rows(fleet);
  assertEquals(all[0]?.pulling, 3);
  assertEquals(all[0]?.progress, { bytes: 60, totalBytes: 160, secondsLeft: 9 });
  assertEquals(all[1]?.progress, { bytes: 0, totalBytes: 5 });
});

Deno.test("an agent without a Node object is shown as unknown, and not counted", () => {
  const fleet = new Fleet();
  fleet.putNode(node("a"));
  report(fleet, "a", { "x:1": warm });
  report(fleet, "b", { "x:1": notFound });
  const all = rows(fleet);
  assertEquals(all.map(({ node, isKnown }) => [node, isKnown]), [["b", false], ["a", true]]);
  assertEquals(fleetSummary(fleet, all).nodes, 1);
  assertEquals(fleetSummary(fleet, all).failures, []);
});

Deno.test("where no Node objects are known, every agent is a node", () => {
  const fleet = new Fleet();
  report(fleet, "a", { "x:1": warm });
  assertEquals(rows(fleet).map(({ isKnown }) => isKnown), [true]);
});

Deno.test("states of later versions are counted as others, and images left out as lacking", () => {
  const fleet = new Fleet();
  report(fleet, "a", { "x:1": warm, "y:1": { state: "streaming", since: SINCE } });
  fleet.putReport(
    { v: 1, node: "b", agent: "", at: SINCE, images: { "x:1": warm }, omitted: 3 },
    0,
  );
  const [b, a] = rows(fleet);
  assertEquals([a?.wanted, a?.warm, a?.other], [2, 1, 1]);
  assertEquals([b?.wanted, b?.warm, b?.omitted], [4, 1, 3]);
});

Deno.test("an image is counted over the nodes that report it, the worst first", () => {
  const fleet = new Fleet();
  fleet.putWanted({
    v: 1,
    reference: "w:1",
    priority: 7,
    placements: [],
    pullSecrets: [],
    sizeBytes: 9,
  });
  const skipped = { state: "skipped", since: SINCE, reason: "no_platform: arm64" };
  report(fleet, "a", { "x:1": warm, "y:1": notFound, "z:1": skipped });
  report(fleet, "b", { "x:1": { state: "pulling", since: SINCE }, "y:1": warm, "z:1": warm });
  const all = imageRows(fleet);
  assertEquals(all.map(({ image, nodes, warm }) => [image, nodes, warm]), [
    ["y:1", 2, 1],
    ["x:1", 2, 1],
    ["w:1", 0, 0],
    ["z:1", 2, 1],
  ]);
  const { isWanted, priority, sizeBytes } = all[2] ?? {};
  assertEquals([isWanted, priority, sizeBytes], [true, 7, 9]);
  assertEquals(all[0]?.isWanted, false);
});

Deno.test("a summary counts agents, images, states, failures by reason and pulled bytes", () => {
  const fleet = new Fleet();
  fleet.putWanted({ v: 1, reference: "x:1", priority: 0, placements: [], pullSecrets: [] });
  for (const name of ["a", "b", "c"]) fleet.putNode(node(name));
  const denied = { state: "failed", since: SINCE, reason: "denied" };
  const skipped = { state: "skipped", since: SINCE, reason: "no_platform: arm64" };
  report(fleet, "a", { "x:1": pulled, "y:1": notFound, "z:1": denied, "s:1": skipped });
  report(fleet, "b", { "x:1": pulled, "y:1": notFound }, NOW_MS - 4 * MINUTE_MS);
  const summary = fleetSummary(fleet, rows(fleet, wanted("x:1")));
  assertEquals(summary.agents, { fresh: 1, stale: 1, missing: 1 });
  assertEquals([summary.nodes, summary.images, summary.pulledBytes], [3, 1, 200]);
  assertEquals(summary.counts, {
    wanted: 7,
    warm: 2,
    pulling: 0,
    waiting: 0,
    failed: 3,
    skipped: 1,
    other: 0,
  });
  assertEquals(summary.warmShare, 2 / 6);
  assertEquals(summary.failures, [
    { reason: "not_found", count: 2 },
    { reason: "denied", count: 1 },
  ]);
});

Deno.test("nothing wanted lacks nothing", () => {
  assertEquals(fleetSummary(new Fleet(), []).warmShare, 1);
});

function rows(fleet: Fleet, values = new WantedValues()) {
  return nodeRows(fleet, { wanted: values, nowMs: NOW_MS });
}

function wanted(...references: string[]): WantedValues {
  const values = new WantedValues();
  for (const reference of references) {
    values.putImage({ v: 1, reference, priority: 0, placements: [{}], pullSecrets: [] });
  }
  return values;
}

function node(name: string) {
  const labels = {};
  const where = { labels, taints: [], architecture: "amd64", os: "linux" };
  return { v: 1, name, uid: name, ...where, unschedulable: false, skip: false } as const;
}

function report(
  fleet: Fleet,
  node: string,
  images: Readonly<Record<string, ReadImageReport>>,
  seenAt = NOW_MS,
): void {
  fleet.putReport({ v: 1, node, agent: "0.3.0", at: SINCE, images }, seenAt);
}

function beat(node: string, images: BeatValue["images"]): BeatValue {
  const disk = { usedPercent: 71.5, freeBytes: 3e9 };
  return { v: 1, node, agent: "0.3.0", at: SINCE, images, disk };
}

Deno.test("what containers needed is summed over nodes, since the earliest of them", () => {
  const fleet = new Fleet();
  const images = { wanted: 1, warm: 1, pulling: 0, waiting: 0, failed: 0 };
  const uses = { since: SINCE, firstUses: 3, misses: 1, late: 1, unusedBytes: 10 };
  const later = { ...uses, since: "2026-11-27T09:30:00.000Z", savedSeconds: 4 };
  fleet.putBeat({ ...beat("a", images), uses: later }, NOW_MS);
  fleet.putBeat({ ...beat("b", images), uses }, NOW_MS);
  fleet.putBeat(beat("c", images), NOW_MS);
  assertEquals(fleetSummary(fleet, rows(fleet)).uses, {
    since: SINCE,
    firstUses: 6,
    misses: 2,
    late: 2,
    unusedBytes: 20,
    savedSeconds: 4,
  });
});
