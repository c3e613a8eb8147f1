import { assertEquals } from "@std/assert";
import type { ReadImageReport } from "../../../mod/pure/bucket/agent_wire.ts";
import { Fleet } from "../../../mod/pure/fleet/fleet.ts";

const AT = "2026-11-27T10:00:00.000Z";
const SINCE = "2026-11-27T09:00:00.000Z";

Deno.test("what nodes report is counted by node and by image", () => {
  const fleet = new Fleet();
  fleet.putReport(report("a", { "x:1": { state: "warm", since: SINCE }, "y:1": failed() }), 5);
  fleet.putReport(report("b", { "x:1": { state: "pulling", since: SINCE } }), 6);
  assertEquals([...(fleet.nodes.get("a")?.counts.entries() ?? [])], [["warm", 1], ["failed", 1]]);
  assertEquals([...(fleet.images.get("x:1")?.counts.entries() ?? [])], [["warm", 1], [
    "pulling",
    1,
  ]]);
  assertEquals(fleet.nodes.get("b")?.seenAt, 6);
});

Deno.test("a cell says all that the report says of an image", () => {
  const fleet = new Fleet();
  const progress = { bytes: 5, totalBytes: 10, secondsLeft: 3 };
  const pulling = { state: "pulling", since: SINCE, bytes: 7, pullSeconds: 1.5, progress };
  const used = { state: "warm", since: SINCE, usedAt: AT };
  const images = { "x:1": pulling, "y:1": { state: "warm", since: "?", usedAt: "?" }, "u:1": used };
  fleet.putReport(report("a", images), 0);
  const node = fleet.nodes.get("a");
  const { since, ...rest } = pulling;
  assertEquals(node?.cell("x:1"), { ...rest, sinceMs: Date.parse(since) });
  const [sinceMs, usedAtMs] = [Date.parse(SINCE), Date.parse(AT)];
  assertEquals(node?.cell("u:1"), { state: "warm", sinceMs, usedAtMs });
  assertEquals(node?.cell("y:1"), { state: "warm", sinceMs: NaN });
  assertEquals(node?.cell("z:1"), undefined);
  const waits = { state: "failed", since, nextTry: AT };
  fleet.putReport(report("b", { "x:1": waits }), 0);
  assertEquals(fleet.nodes.get("b")?.cell("x:1")?.nextTry, AT);
});

Deno.test("a new report takes the place of the one before, with all of its parts", () => {
  const fleet = new Fleet();
  const warm = { state: "warm", since: SINCE };
  fleet.putPart(2, { v: 1, node: "a", at: AT, images: { "y:1": warm } });
  fleet.putReport({ ...report("a", { "x:1": warm }), parts: 2 }, 0);
  assertEquals(fleet.nodes.get("a")?.counts.get("warm"), 2);
  fleet.putReport(report("a", { "x:1": failed() }), 0);
  assertEquals([...(fleet.nodes.get("a")?.cells() ?? [])].map(([image]) => image), ["x:1"]);
  assertEquals([...fleet.images.keys()], ["x:1"]);
});

Deno.test("what nobody wants or reports any more is forgotten", () => {
  const fleet = new Fleet();
  fleet.putWanted({ v: 1, reference: "x:1", priority: 0, placements: [], pullSecrets: [] });
  fleet.putReport(report("a", { "x:1": failed() }), 0);
  fleet.delete({ type: "wanted", name: "x:1" });
  assertEquals([...fleet.images.keys()], ["x:1"]);
  fleet.delete({ type: "report", name: "a" });
  assertEquals([[...fleet.images.keys()], [...fleet.nodes.keys()]], [[], []]);
});

Deno.test("states of later versions keep their names", () => {
  const fleet = new Fleet();
  const images = Object.fromEntries(
    Array.from({ length: 40 }, (_, n) => [`x:${n}`, { state: `state-${n}`, since: SINCE }]),
  );
  fleet.putReport(report("a", images), 0);
  assertEquals(fleet.nodes.get("a")?.cell("x:3")?.state, "state-3");
  assertEquals(fleet.nodes.get("a")?.counts.total, 40);
});

Deno.test("each change of a node is known by its version", () => {
  const fleet = new Fleet();
  fleet.putReport(report("a", {}), 0);
  const before = fleet.version;
  fleet.putReport(report("b", {}), 0);
  const changed = [...fleet.nodes.values()].filter(({ changedAt }) => changedAt > before);
  assertEquals(changed.map(({ name }) => name), ["b"]);
});

function failed(): ReadImageReport {
  return { state: "failed", since: SINCE, reason: "not_found: no such tag" };
}

function report(node: string, images: Readonly<Record<string, ReadImageReport>>) {
  return { v: 1, node, agent: "0.3.0", at: AT, images } as const;
}
