import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { GateFor } from "../../../mod/pure/node_gate/gate_rules.ts";
import type { ObservedNode } from "../../../mod/pure/objects/observed.ts";
import { mayRun } from "../../../mod/pure/placement/eligibility.ts";
import type { WantedSet } from "../../../mod/pure/wants/wanted_set.ts";
import { nodeObject, podOf, replicaSet, workloadObject } from "../wants/cluster_objects.ts";
import { observeAll, Passes } from "../wants/folding.ts";
import { dueOn } from "./due_images.ts";

type Raw = Record<string, unknown>;

const POOLS = ["web", "ci"] as const;

const NODES = observeAll([
  ...POOLS.map((pool) => nodeObject(pool, { pool })),
  nodeObject("none"),
  nodeObject("gpu", { pool: "web" }, { spec: { taints: [{ key: "gpu", effect: "NoSchedule" }] } }),
]).seen.nodes;

/** Workloads of a small cluster, with pods of some. */
const CLUSTER = fc.array(
  fc.record({
    kind: fc.constantFrom("Deployment", "StatefulSet", "DaemonSet", "Job"),
    image: fc.constantFrom("a:1", "a:2", "b:1"),
    replicas: fc.constantFrom(0, 1),
    suspend: fc.boolean(),
    pool: fc.constantFrom(undefined, ...POOLS),
    tolerates: fc.boolean(),
    labels: fc.constantFrom({}, { tier: "front" }),
    pods: fc.boolean(),
  }),
  { maxLength: 6 },
).map((workloads) => workloads.flatMap((each, index) => objectsOf(each, `w${index}`)));

interface Workload {
  readonly kind: string;
  readonly image: string;
  readonly replicas: number;
  readonly suspend: boolean;
  readonly pool: string | undefined;
  readonly tolerates: boolean;
  readonly labels: Raw;
  readonly pods: boolean;
}

function objectsOf(workload: Workload, name: string): Raw[] {
  const { kind, image, replicas, suspend, pool, tolerates, labels, pods } = workload;
  const pod = {
    ...(pool && { nodeSelector: { pool } }),
    ...(tolerates && { tolerations: [{ key: "gpu", operator: "Exists" }] }),
  };
  const root = workloadObject(kind, [image], {
    name,
    spec: kind === "Job" ? { suspend } : kind === "DaemonSet" ? {} : { replicas },
    metadata: { labels },
    pod,
  });
  if (kind !== "Deployment") {
    return pods ? [root, podOf(root, `${name}-x`, [image], { spec: pod })] : [root];
  }
  const before = replicaSet(root, 1, 0, ["old:1"], pod);
  const set = replicaSet(root, 2, replicas, [image], pod);
  return [root, before, set, ...(pods ? [podOf(set, `${name}-x`, [image], { spec: pod })] : [])];
}

const SELECTOR: GateFor = {
  type: "selector",
  selector: [{ key: "tier", operator: "In", values: ["front"] }],
};

const RULES: readonly GateFor[] = [
  { type: "running" },
  { type: "share", share: 0.5 },
  SELECTOR,
  { type: "all" },
];

function fold(objects: readonly Raw[], gateFor?: GateFor): WantedSet {
  return new Passes({ gateFor }).pass(objects);
}

/** What is wanted on a node, in order of names. */
function wantedOn(node: ObservedNode, { images }: WantedSet): string[] {
  return [...images.values()]
    .filter(({ placements }) => placements.some((placement) => mayRun(placement, node)))
    .map(({ reference }) => reference);
}

Deno.test("what is due on a node is wanted there, whatever rule there is", () => {
  fc.assert(fc.property(CLUSTER, fc.constantFrom(...RULES), (objects, gateFor) => {
    const set = fold(objects, gateFor);
    for (const node of NODES) {
      const wanted = new Set(wantedOn(node, set));
      assert(dueOn(node, set.images).every((image) => wanted.has(image)));
    }
  }));
});

Deno.test("where all is due, that is what is wanted on each node", () => {
  fc.assert(fc.property(CLUSTER, (objects) => {
    const set = fold(objects, { type: "all" });
    for (const node of NODES) {
      assertEquals(dueOn(node, set.images).toSorted(), wantedOn(node, set));
    }
  }));
});

Deno.test("what a cluster without the sleeping workloads would want, but for rollbacks, is due", () => {
  fc.assert(fc.property(CLUSTER, (objects) => {
    const asleep = new Set(
      objects.filter(({ spec }) => {
        const { replicas, suspend } = spec as Raw;
        return replicas === 0 || suspend === true;
      }).map(({ metadata }) => (metadata as Raw)["name"]),
    );
    const awake = objects.filter(({ metadata }) => {
      const { name, ownerReferences } = metadata as Raw;
      const [owner] = (ownerReferences ?? []) as Raw[];
      const made = String(owner?.["name"] ?? "");
      return ![name, made, made.replace(/-\d$/, "")].some((each) => asleep.has(each));
    });
    const due = fold(objects, { type: "running" });
    const wanted = new Passes({ keepRevisions: 0 }).pass(awake);
    for (const node of NODES) {
      assertEquals(dueOn(node, due.images).toSorted(), wantedOn(node, wanted));
    }
  }));
});

Deno.test("a gate changes nothing of what is wanted", () => {
  fc.assert(fc.property(CLUSTER, fc.constantFrom(...RULES), (objects, gateFor) => {
    const without = fold(objects);
    const withGate = fold(objects, gateFor);
    const wanted = [...withGate.images.values()].map(({ due: _, ...image }) => image);
    assertEquals(wanted, [...without.images.values()]);
  }));
});

Deno.test("what is due does not depend on the order of the objects", () => {
  const shuffled = CLUSTER.chain((objects) =>
    fc.tuple(fc.constant(objects), fc.shuffledSubarray(objects, { minLength: objects.length }))
  );
  fc.assert(fc.property(shuffled, fc.constantFrom(...RULES), ([objects, others], gateFor) => {
    const due = (each: readonly Raw[]) =>
      [...fold(each, gateFor).images.values()].map((image) => image.due);
    assertEquals(due(others), due(objects));
  }));
});
