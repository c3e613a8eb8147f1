import { assert, assertEquals } from "@std/assert";
import { KindRecords } from "../../../mod/adapters/kubernetes/kind_records.ts";
import type { GateFor } from "../../../mod/pure/node_gate/gate_rules.ts";
import { findKind } from "../../../mod/pure/objects/kinds.ts";
import { labelGate } from "../../../mod/pure/objects/label_gate.ts";
import { SharedRecords } from "../../../mod/pure/objects/shared_records.ts";

type Raw = Record<string, unknown>;

const FRONT: GateFor = {
  type: "selector",
  selector: [{ key: "tier", operator: "In", values: ["front"] }],
};

function recordsOf(kind: string, gateFor: GateFor): KindRecords {
  const found = findKind({ group: kind === "Deployment" ? "apps" : "", kind });
  assert(found);
  const isGated = labelGate(gateFor);
  return new KindRecords(found, { shared: new SharedRecords(), idleRevisions: 2, isGated });
}

function deployment(labels: Raw, replicas = 1): Raw {
  return {
    metadata: { name: "web", namespace: "shop", labels },
    spec: { replicas, template: { spec: { containers: [{ image: "nginx:1" }] } } },
  };
}

function pod(name: string, labels: Raw): Raw {
  const owner = { apiVersion: "example.com/v1", kind: "Web", name: "web", controller: true };
  return {
    metadata: { name, namespace: "shop", labels, ownerReferences: [owner] },
    spec: { containers: [{ image: "nginx:1" }] },
  };
}

Deno.test("labels that come to meet the selector are a change, and others are none", () => {
  const records = recordsOf("Deployment", FRONT);
  assertEquals(records.put(deployment({ tier: "back" })), "shop/web");
  assertEquals(records.put(deployment({ tier: "other" })), undefined);
  assertEquals(records.put(deployment({ tier: "front" })), "shop/web");
  assertEquals(records.put(deployment({ tier: "front", app: "web" })), undefined);
  assertEquals(records.put(deployment({})), "shop/web");
});

Deno.test("labels do not matter while they do not say what is due", () => {
  const records = recordsOf("Deployment", { type: "running" });
  records.put(deployment({}));
  assertEquals(records.put(deployment({ tier: "front" })), undefined);
});

Deno.test("scaling to zero and back is a change, and from one replica to two is none", () => {
  const records = recordsOf("Deployment", { type: "running" });
  const told = [1, 2, 0, 0, 1, 5].map((replicas) => records.put(deployment({}, replicas)));
  assertEquals(told, ["shop/web", undefined, "shop/web", undefined, "shop/web", undefined]);
});

Deno.test("pods that are alike but for the selected label are told apart, and no further", () => {
  const records = recordsOf("Pod", FRONT);
  for (const name of ["a", "b", "c"]) records.put(pod(name, { tier: "front", pod: name }));
  for (const name of ["d", "e"]) records.put(pod(name, { pod: name }));
  const gates = [...records.records()].map((each) => each.type === "pod" && each.pod.marks?.gate);
  assertEquals(gates, [true, undefined]);
});

Deno.test("a namespace is marked by its own labels", () => {
  const records = recordsOf("Namespace", FRONT);
  records.put({ metadata: { name: "shop", labels: { tier: "front" } } });
  records.put({ metadata: { name: "other", annotations: { tier: "front" } } });
  const marks = [...records.records()].map((each) =>
    each.type === "namespace" && each.namespace.marks?.gate
  );
  assertEquals(marks, [true, undefined]);
});
