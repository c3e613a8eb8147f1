import { assertEquals } from "@std/assert";
import { fleetWarmth } from "../../../mod/pure/benefit/fleet_warmth.ts";
import type { ReadImageReport, ReportValue } from "../../../mod/pure/bucket/agent_wire.ts";
import type { NodeValue } from "../../../mod/pure/bucket/wire.ts";
import { Fleet } from "../../../mod/pure/fleet/fleet.ts";

const SINCE = "2026-11-27T09:00:00.000Z";
const warm = (pullSeconds?: number): ReadImageReport => ({
  state: "warm",
  since: SINCE,
  ...(pullSeconds !== undefined && { pullSeconds }),
});

function report(node: string, images: ReportValue["images"], parts?: number): ReportValue {
  return { v: 1, node, agent: "0.4.0", at: SINCE, images, ...(parts && { parts }) };
}

function nodeWith(name: string, resources: readonly string[]): NodeValue {
  const facts = { labels: {}, taints: [], architecture: "amd64", os: "linux" };
  return { v: 1, name, uid: name, ...facts, unschedulable: false, skip: false, resources };
}

Deno.test("an image is found in any part of a node's report", () => {
  const fleet = new Fleet();
  fleet.putReport(report("a", { "x:1": warm(3) }, 2), 0);
  fleet.putPart(2, { v: 1, node: "a", at: SINCE, images: { "y:1": warm() } });
  const { cell } = fleetWarmth(fleet);
  assertEquals(cell("a", "x:1")?.pullSeconds, 3);
  assertEquals(cell("a", "y:1"), { state: "warm", sinceMs: Date.parse(SINCE) });
  assertEquals([cell("b", "x:1"), cell("a", "z:1")], [undefined, undefined]);
});

Deno.test("what a pull usually takes is the median over the nodes that know it", () => {
  const fleet = new Fleet();
  const { usualPullSeconds } = fleetWarmth(fleet);
  assertEquals(usualPullSeconds("x:1"), undefined);
  fleet.putReport(report("none", { "x:1": warm() }), 0);
  assertEquals(usualPullSeconds("x:1"), undefined);
  [8, 100, 7].forEach((seconds, i) =>
    fleet.putReport(report(`n${i}`, { "x:1": warm(seconds) }), 0)
  );
  assertEquals(usualPullSeconds("x:1"), 8);
});

Deno.test("a node with GPUs is known by its resources, shared and split ones too", () => {
  const fleet = new Fleet();
  const { hasGpu } = fleetWarmth(fleet);
  const gpus = ["nvidia.com/gpu", "nvidia.com/gpu.shared", "nvidia.com/mig-1g.5gb", "amd.com/gpu"];
  for (const name of [...gpus, "gpu.intel.com/i915"]) {
    fleet.putNode(nodeWith(name, ["hugepages-2Mi", name]));
    assertEquals(hasGpu(name), true, name);
  }
  fleet.putNode(nodeWith("plain", ["hugepages-2Mi", "example.com/gpu"]));
  assertEquals([hasGpu("plain"), hasGpu("unknown")], [false, false]);
});
