import { assertEquals } from "@std/assert";
import { gateOnNode, isUnlabelled } from "../../../mod/pure/node_gate/gate_on_node.ts";
import { gateSince } from "../../../mod/pure/node_gate/gate_since.ts";

const TAINTS = [{ key: "warm-images/cold" }, {
  key: "example.com/cold",
  value: "yes",
  effect: "NoExecute",
}];
const COLD = { key: "warm-images/cold", effect: "NoSchedule" };
const rules = (condition: boolean) => ({ taints: TAINTS, condition });

Deno.test("a node is gated by a taint of any value and effect that the setting does not name", () => {
  const gated = { isTainted: true, lacksCondition: false };
  for (const taint of [COLD, { key: COLD.key, value: "x", effect: "NoExecute" }]) {
    assertEquals(gateOnNode({ taints: [taint] }, rules(false)), gated);
  }
  const own = { key: "example.com/cold", value: "yes", effect: "NoExecute" };
  assertEquals(gateOnNode({ taints: [own] }, rules(false)), gated);
  for (const other of [{ ...own, value: "no" }, { ...own, effect: "NoSchedule" }]) {
    assertEquals(gateOnNode({ taints: [other] }, rules(false)), undefined);
  }
  assertEquals(
    gateOnNode({ taints: [{ ...COLD, key: "warm-images/colder" }] }, rules(false)),
    undefined,
  );
});

Deno.test("a node without the condition is gated where it is asked for, whatever else it says", () => {
  const lacks = { isTainted: false, lacksCondition: true };
  assertEquals(gateOnNode({ taints: [] }, rules(true)), lacks);
  assertEquals(gateOnNode({ taints: [], warmCondition: "Unknown" }, rules(true)), lacks);
  assertEquals(gateOnNode({ taints: [], warmCondition: "True" }, rules(true)), undefined);
  assertEquals(gateOnNode({ taints: [] }, rules(false)), undefined);
  assertEquals(gateOnNode({ taints: [COLD] }, rules(true)), {
    isTainted: true,
    lacksCondition: true,
  });
});

Deno.test("labels are to come while a node has a taint of whoever makes it", () => {
  const taint = (key: string) => ({ taints: [COLD, { key, effect: "NoSchedule" }] });
  assertEquals(isUnlabelled(taint("karpenter.sh/unregistered")), true);
  assertEquals(isUnlabelled(taint("node.cloudprovider.kubernetes.io/uninitialized")), true);
  assertEquals(isUnlabelled(taint("node.kubernetes.io/not-ready")), false);
});

Deno.test("the time of a gate begins with the node, or with taints of long after", () => {
  const tainted = { isTainted: true, limitMs: 300 };
  assertEquals(gateSince({ createdMs: 1_000 }, tainted), 1_000);
  assertEquals(gateSince({ createdMs: 1_000, taintsMs: 1_300 }, tainted), 1_000);
  assertEquals(gateSince({ createdMs: 1_000, taintsMs: 1_301 }, tainted), 1_301);
  assertEquals(gateSince({ taintsMs: 5_000 }, tainted), 5_000);
  assertEquals(gateSince({}, tainted), undefined);
  // Another's taints say nothing of when the condition is late.
  const untainted = { isTainted: false, limitMs: 300 };
  assertEquals(gateSince({ createdMs: 1_000, taintsMs: 5_000 }, untainted), 1_000);
});
