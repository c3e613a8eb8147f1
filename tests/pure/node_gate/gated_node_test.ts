import { assertEquals } from "@std/assert";
import { Fleet } from "../../../mod/pure/fleet/fleet.ts";
import type { FleetNode } from "../../../mod/pure/fleet/fleet_node.ts";
import type { GateOnNode } from "../../../mod/pure/node_gate/gate_on_node.ts";
import { GatedNode, type SeenGate } from "../../../mod/pure/node_gate/gated_node.ts";
import { nodeStanding } from "../../../mod/pure/node_gate/node_standing.ts";
import type { ObservedNode } from "../../../mod/pure/objects/observed.ts";
import { WEB_NODE } from "./due_images.ts";

const TERMS = { limitMs: 300, share: 1 };
const TAINTED: GateOnNode = { isTainted: true, lacksCondition: false };
const UNTAINTED: GateOnNode = { isTainted: false, lacksCondition: true };

function seen(
  rest: Partial<ObservedNode>,
  gate = TAINTED,
  due: readonly string[] | undefined = undefined,
): SeenGate {
  return { node: { ...WEB_NODE, ...rest }, gate, due };
}

function report(
  fleet: Fleet,
  images: readonly string[],
  nodeUid = WEB_NODE.uid,
): FleetNode | undefined {
  const since = "2026-01-01T00:00:00Z";
  const cells = images.map((image) => [image, { state: "warm", since }]);
  fleet.putReport({
    v: 1,
    node: WEB_NODE.name,
    nodeUid,
    agent: "1",
    at: since,
    images: Object.fromEntries(cells),
  }, 0);
  return fleet.nodes.get(WEB_NODE.name);
}

Deno.test("the time of a gate stays as it began while the node's other taints come and go", () => {
  const gated = new GatedNode(seen({ createdMs: 1_000, taintsMs: 1_000 }), TERMS, 1_000);
  gated.see(seen({ createdMs: 1_000, taintsMs: 1_900 }), 1_900);
  assertEquals([gated.sinceMs, gated.untilMs], [1_000, 1_300]);
});

Deno.test("where nothing tells when it began, it began when it was first seen", () => {
  const gated = new GatedNode(seen({}), TERMS, 5_000);
  gated.see(seen({}), 6_000);
  assertEquals(gated.sinceMs, 5_000);
});

Deno.test("a gate has not begun after it was first seen, whatever the clock said by then", () => {
  const gated = new GatedNode(seen({ createdMs: 90_000, taintsMs: 95_000 }), TERMS, 5_000);
  assertEquals([gated.sinceMs, gated.untilMs], [5_000, 5_300]);
});

Deno.test("a taint that is added while only the condition is lacking has a time of its own", () => {
  const gated = new GatedNode(seen({ createdMs: 1_000 }, UNTAINTED), TERMS, 9_000);
  assertEquals([gated.sinceMs, gated.keepsPodsAway], [1_000, false]);
  gated.see(seen({ createdMs: 1_000, taintsMs: 9_500 }), 9_600);
  assertEquals([gated.sinceMs, gated.keepsPodsAway], [9_500, true]);
});

Deno.test("a node is kept from pods by its taint, or while it is young and lacks the condition", () => {
  const young = new GatedNode(seen({ createdMs: 1_000 }, UNTAINTED), TERMS, 1_100);
  assertEquals(young.keepsPodsAway, true);
  const lifted = new GatedNode(seen({ createdMs: 1_000 }), TERMS, 1_100);
  lifted.see(seen({ createdMs: 1_000 }, UNTAINTED), 1_200);
  assertEquals(lifted.keepsPodsAway, false);
});

Deno.test("only what this very node reports counts", () => {
  const fleet = new Fleet();
  const gated = new GatedNode(seen({ createdMs: 0 }, TAINTED, ["a:1"]), TERMS, 0);
  gated.learn(undefined);
  assertEquals(gated.standing, undefined);
  gated.learn(report(fleet, ["a:1"], "uid-of-another"));
  assertEquals(gated.standing, undefined);
  gated.learn(report(fleet, ["a:1"]));
  assertEquals(gated.verdict(0, 300), { opens: true, by: "warm" });
});

Deno.test("a login that does not come is not waited for, once the node has waited for a minute", () => {
  const fleet = new Fleet();
  const gated = new GatedNode(seen({ createdMs: 0 }, TAINTED, ["a:1"]), TERMS, 0);
  const [node, agent, since] = [WEB_NODE.name, "1", "2026-01-01T00:00:00Z"];
  const cell = { state: "waiting", since, reason: "waits for the logins of secrets s/a, s/b" };
  fleet.putReport({
    ...{ v: 1, node, agent },
    nodeUid: WEB_NODE.uid,
    at: since,
    images: { "a:1": cell },
  }, 0);
  const beat = (at: string, pulling = 0) => {
    const images = { wanted: 1, warm: 0, pulling, waiting: 1, failed: 0 };
    fleet.putBeat({ v: 1, node, agent, at, images }, 0);
    gated.learn(fleet.nodes.get(node));
    return gated.verdict(0, 300).opens;
  };
  assertEquals(beat("2026-01-01T00:00:30Z"), false);
  assertEquals(beat("2026-01-01T00:05:00Z", 1), false);
  assertEquals(beat("2026-01-01T00:01:30Z"), true);
  assertEquals(gated.standing?.hopeless.map(({ image }) => image), ["a:1"]);
});

Deno.test("a report that has not changed is walked through once", () => {
  const fleet = new Fleet();
  const node = report(fleet, ["a:1"]);
  let walks = 0;
  const counted = new Proxy(node ?? {}, {
    get(target, key) {
      if (key === "places") walks++;
      const value = Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  }) as FleetNode;
  const due = ["a:1"];
  const gated = new GatedNode(seen({ createdMs: 0 }, TAINTED, due), TERMS, 0);
  for (let time = 0; time < 5; time++) {
    gated.see(seen({ createdMs: 0 }, TAINTED, due), time);
    gated.learn(counted);
  }
  assertEquals(walks, 1);
  gated.see(seen({ createdMs: 0 }, TAINTED, ["a:1", "b:1"]), 6);
  gated.learn(counted);
  assertEquals([walks, gated.standing?.awaited], [2, ["b:1"]]);
});

Deno.test("a node without a uid has no report of its own", () => {
  assertEquals(nodeStanding(report(new Fleet(), ["a:1"], ""), ""), undefined);
});
