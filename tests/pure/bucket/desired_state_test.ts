import { assertEquals } from "@std/assert";
import { desiredState, diffState, MadeEntries } from "../../../mod/pure/bucket/desired_state.ts";
import type { ObservedNode } from "../../../mod/pure/objects/observed.ts";
import { META_KEY, nodeKey, wantedKey, whyKey } from "../../../mod/pure/bucket/state_keys.ts";
import type { WantedImage } from "../../../mod/pure/wants/wanted_entry.ts";
import {
  decodeMeta,
  decodeNode,
  decodeWanted,
  decodeWhy,
  type NodeGateValue,
} from "../../../mod/pure/bucket/wire.ts";

const APP = "reg.lab/app:1";
const meta = { v: 1, source: "kubernetes", writer: "me", since: "2026-01-01T00:00:00Z" } as const;
const node: ObservedNode = {
  name: "n1",
  uid: "u1",
  labels: { zone: "a" },
  taints: [{ key: "k", effect: "NoSchedule" }],
  architecture: "amd64",
  os: "linux",
  unschedulable: false,
  skip: false,
};

function image(rest: Partial<WantedImage> = {}): WantedImage {
  return { reference: APP, priority: 3, placements: [{}], pullSecrets: [], reasons: [], ...rest };
}

function desired(rest: Partial<WantedImage> = {}, sizes = new Map<string, number>()) {
  const images = new Map([[APP, image(rest)]]);
  return desiredState({ set: { images }, nodes: [node], meta, sizes }).values;
}

Deno.test("the bucket should hold who writes, the nodes, and each image with its reasons", () => {
  const reasons = [{ kind: "Deployment", namespace: "shop", name: "web" }];
  const values = desired({ reasons, neededBy: "2026-01-01T00:00:00Z" });
  assertEquals([...values.keys()], [META_KEY, nodeKey("n1"), wantedKey(APP), whyKey(APP)]);
  assertEquals<unknown>(decodeMeta(values.get(META_KEY) ?? ""), { value: meta });
  assertEquals<unknown>(decodeNode(values.get(nodeKey("n1")) ?? ""), { value: { v: 1, ...node } });
  const { reasons: _, ...wanted } = image({ neededBy: "2026-01-01T00:00:00Z" });
  assertEquals<unknown>(decodeWanted(values.get(wantedKey(APP)) ?? ""), {
    value: { v: 1, ...wanted },
  });
  assertEquals<unknown>(decodeWhy(values.get(whyKey(APP)) ?? ""), {
    value: { v: 1, count: 1, reasons },
  });
});

Deno.test("twenty reasons are named and all of them counted", () => {
  const reasons = Array.from({ length: 25 }, (_, i) => ({
    kind: "Job",
    namespace: "batch",
    name: `job-${i}`,
  }));
  const decoded = decodeWhy(desired({ reasons }).get(whyKey(APP)) ?? "");
  assertEquals<unknown>(decoded, { value: { v: 1, count: 25, reasons: reasons.slice(0, 20) } });
});

Deno.test("a new reason does not change what agents follow", () => {
  const reasons = [{ kind: "Deployment", namespace: "shop", name: "web" }];
  const key = wantedKey(APP);
  assertEquals(desired({ reasons }).get(key), desired().get(key));
});

Deno.test("a wanted value has a size once some node has reported it", () => {
  const decoded = decodeWanted(desired({}, new Map([[APP, 99]])).get(wantedKey(APP)) ?? "");
  assertEquals("value" in decoded ? decoded.value.sizeBytes : decoded, 99);
});

Deno.test("only what differs is put, and what nothing desires is unwantedKeys", () => {
  const diff = diffState(
    new Map([["same", "1"], ["changed", "2"], ["new", "3"]]),
    new Map([["same", "1"], ["changed", "1"], ["old", "0"]]),
  );
  assertEquals([...diff.puts], [["changed", "2"], ["new", "3"]]);
  assertEquals(diff.unwantedKeys, ["old"]);
});

Deno.test("a node stands with its gate while that is shut, and without what no agent needs", () => {
  const made = new MadeEntries();
  const nodes = [{ ...node, createdMs: 1, taintsMs: 2, warmCondition: "False" }];
  const sizes = new Map<string, number>();
  const of = (gate: NodeGateValue | undefined) => {
    const gates = new Map(gate && [["n1", gate]]);
    const { values } = desiredState(
      { set: { images: new Map() }, nodes, meta, gates, sizes },
      made,
    );
    return decodeNode(values.get(nodeKey("n1")) ?? "");
  };
  const gate = { due: [APP], until: "2026-01-01T00:05:00Z" };
  assertEquals<unknown>(of(undefined), { value: { v: 1, ...node } });
  assertEquals<unknown>(of(gate), { value: { v: 1, ...node, gate } });
  assertEquals<unknown>(of({ ...gate, due: [] }), {
    value: { v: 1, ...node, gate: { ...gate, due: [] } },
  });
  assertEquals<unknown>(of(undefined), { value: { v: 1, ...node } });
});
