import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { desiredState } from "../../../mod/pure/bucket/desired_state.ts";
import { LIMITS } from "../../../mod/pure/bucket/limits.ts";
import { parseStateKey } from "../../../mod/pure/bucket/state_keys.ts";
import { WantedValues } from "../../../mod/pure/bucket/wanted_values.ts";
import { decodeWanted, decodeWhere } from "../../../mod/pure/bucket/wire.ts";
import type { ObservedWorkload, Placement } from "../../../mod/pure/objects/observed.ts";
import { mayRun, type NodeFacts } from "../../../mod/pure/placement/eligibility.ts";
import { placementOf } from "../../../mod/pure/placement/pod_placement.ts";
import { seenObjects } from "../../../mod/pure/wants/seen_objects.ts";
import { WantsFold } from "../../../mod/pure/wants/wants_fold.ts";
import { RULES } from "../wants/folding.ts";

const IMAGE = "reg.lab/app:1";
const POOLS = 40;

/** Nodes of many pools: tainted, with GPUs, cordoned, in zones. */
const NODES: readonly NodeFacts[] = Array.from({ length: 120 }, (_, index) => ({
  name: `n${index}`,
  labels: { pool: `p${index % POOLS}`, zone: `z${index % 3}`, cores: String(index % 9) },
  taints: index % 4 === 0
    ? [{ key: "dedicated", value: `p${index % POOLS}`, effect: "NoSchedule" }]
    : [],
  os: "linux",
  unschedulable: index % 17 === 0,
  skip: index % 23 === 0,
  resources: index % 5 === 0 ? ["nvidia.com/gpu"] : [],
}));

const pool = fc.nat(POOLS * 3).map((number) => `p${number}`);
const byName = (name: string) => ({
  matchFields: [{ key: "metadata.name", operator: "In", values: [name] }],
});
const anyTerm = fc.oneof(
  fc.nat(400).map((number) => byName(`n${number}`)),
  fc.record({
    matchExpressions: fc.tuple(
      fc.record({ key: fc.constant("pool"), operator: fc.constant("In"), values: fc.tuple(pool) }),
      fc.record({
        key: fc.constant("cores"),
        operator: fc.constantFrom("Gt", "Lt"),
        values: fc.tuple(fc.nat(9).map(String)),
      }),
    ),
  }),
);
const required = (nodeSelectorTerms: readonly unknown[]) => ({
  nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } },
});

/** Specifications of pods, nearly all of which select nodes in different ways. */
const anySpec = fc.record({
  nodeSelector: fc.oneof(
    fc.constant({}),
    fc.record({ pool }),
    fc.record({ pool, zone: fc.constantFrom("z0", "z1") }),
  ),
  affinity: fc.oneof(fc.constant({}), fc.array(anyTerm, { maxLength: 3 }).map(required)),
  tolerations: fc.oneof(
    fc.constant([]),
    fc.record({ key: fc.constant("dedicated"), value: pool }).map((each) => [each]),
    fc.constant([{ operator: "Exists" }]),
  ),
  containers: fc.constantFrom([{}], [{ resources: { limits: { "nvidia.com/gpu": 1 } } }]),
});

/** Where an agent of each node finds the image, through what the controller writes. */
function nodesOf(placements: readonly Placement[]): string[] {
  const values = new WantedValues();
  const { values: written, faults } = desired(placements);
  assertEquals(faults, []);
  for (const [key, text] of written) {
    assert(new TextEncoder().encode(text).length <= LIMITS.partBytes, `${key} is too long`);
    const parsed = parseStateKey(key);
    if (parsed?.type === "wanted") values.putImage(valueOf(decodeWanted(text)));
    if (parsed?.type === "where") values.putPart(parsed.part, valueOf(decodeWhere(text)));
  }
  return NODES.filter((node) => values.on(node).has(IMAGE)).map(({ name }) => name);
}

function desired(placements: readonly Placement[]) {
  const records = placements.map((placement, index) => ({
    type: "workload" as const,
    workload: workload(`app-${index}`, placement),
  }));
  const set = new WantsFold(RULES, 0)
    .fold({ kinds: new Set(["Deployment"]), seen: seenObjects(records), nowMs: 0, wallMs: 0 });
  const meta = { v: 1, source: "kubernetes", writer: "c", since: "2026-01-01T00:00:00Z" } as const;
  return desiredState({ set, nodes: [], meta, sizes: new Map() });
}

const workload = (name: string, placement: Placement): ObservedWorkload => ({
  kind: "Deployment",
  namespace: "shop",
  name,
  skip: false,
  shapes: [{
    wants: [{ written: IMAGE, reference: IMAGE, container: "app" }],
    placement,
    pullSecrets: [],
  }],
  faults: [],
});

function valueOf<T>(decoded: { readonly value: T } | { readonly fault: string }): T {
  if ("fault" in decoded) throw new Error(decoded.fault);
  return decoded.value;
}

/** Where each pod by itself may run. */
function unionOver(placements: readonly Placement[]): string[] {
  return NODES.filter((node) => placements.some((each) => mayRun(each, node)))
    .map(({ name }) => name);
}

for (const [count, numRuns] of [[1, 200], [64, 40], [65, 40], [5_000, 2]] as const) {
  Deno.test(`an image of ${count} pods is wanted exactly where any of them may run`, () => {
    const specs = fc.array(anySpec, { minLength: count, maxLength: count });
    fc.assert(
      fc.property(specs, (specs) => {
        const placements = specs.map((spec) => placementOf(spec));
        assertEquals(nodesOf(placements), unionOver(placements));
      }),
      { numRuns },
    );
  });

  Deno.test(`${count} selectors that differ are wanted on their nodes alone`, () => {
    // What does not exist is far more than what does, and no pod may run on the first pool.
    const selectors = Array.from(
      { length: count },
      (_, index) => placementOf({ nodeSelector: { pool: `p${index + 1}`, team: "x".repeat(150) } }),
    );
    assertEquals(nodesOf(selectors), []);
    const pools = Array.from(
      { length: count },
      (_, index) => placementOf({ nodeSelector: { pool: `p${index + 1}` } }),
    );
    assertEquals(nodesOf(pools), unionOver(pools));
  });

  Deno.test(`${count} names of nodes are wanted on these nodes alone`, () => {
    const names = Array.from(
      { length: count },
      (_, index) => placementOf({ affinity: required([byName(`n${index + 1}`)]) }),
    );
    assertEquals(nodesOf(names), unionOver(names));
    assertEquals(nodesOf(names).includes("n0"), false);
  });
}

Deno.test("thousands of selectors take several values", () => {
  const selectors = Array.from(
    { length: 5_000 },
    (_, index) => placementOf({ nodeSelector: { pool: `p${index}`, team: "x".repeat(150) } }),
  );
  const parts = [...desired(selectors).values.keys()].filter((key) =>
    parseStateKey(key)?.type === "where"
  );
  assertEquals(parts.length, 1);
});

Deno.test("one affinity of too many terms is split as well", () => {
  const terms = Array.from({ length: 20_000 }, (_, index) => byName(`n${2 * index + 1}`));
  const placements = [placementOf({ affinity: required(terms) })];
  assertEquals(nodesOf(placements), unionOver(placements));
});

Deno.test("more ways to select nodes than the bucket takes are a fault, and not every node", () => {
  const selectors = Array.from(
    { length: 3 },
    (_, index) => placementOf({ nodeSelector: { pool: `p${index + 1}` } }),
  );
  const tooLong = { nodeSelector: { pool: "x".repeat(LIMITS.partBytes) } };
  const { values, faults } = desired([...selectors, tooLong]);
  assertEquals(faults.map(({ kind, namespace, value, why }) => [kind, namespace, value, why]), [[
    "Deployment",
    "shop",
    IMAGE,
    "1 of the ways in which its pods select nodes fit into no value: it is missing on nodes that " +
    "they alone allow",
  ]]);
  const longest = Math.max(...[...values.values()].map((text) => text.length));
  assert(longest <= LIMITS.partBytes);
});
