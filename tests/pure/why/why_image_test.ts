import { assertEquals } from "@std/assert";
import fc from "fast-check";
import type { ObservedNode, Placement } from "../../../mod/pure/objects/observed.ts";
import { mayRun } from "../../../mod/pure/placement/eligibility.ts";
import { whyImage, whyOnNode } from "../../../mod/pure/why/why_image.ts";
import { bucketOf, type Held, nodeFacts, NOW, RULES, SINCE, WEB } from "./buckets.ts";

/** Why the only node is left out; undefined where it is not. */
function keptOff(placements: readonly Placement[], node: Partial<ObservedNode>) {
  const why = whyImage(
    WEB,
    bucketOf({ nodes: [{ name: "a", ...node }], wanted: [{ placements }] }),
  );
  assertEquals(why.nodes.length + why.notOn.length, 1);
  return why.notOn[0]?.why;
}

const RULES_THAT_SAY_NO: readonly [Placement, Partial<ObservedNode>, string][] = [
  [{}, { skip: true }, "asks to be skipped"],
  [{ os: "windows" }, {}, "os is linux"],
  [{ nodeSelector: { pool: "gpu" } }, {}, 'no label "pool"'],
  [{ nodeSelector: { pool: "gpu" } }, { labels: { pool: "ci" } }, 'label "pool" is "ci"'],
  [
    { affinity: [{ matchFields: [{ key: "metadata.name", operator: "In", values: ["b"] }] }] },
    {},
    "is another node",
  ],
  [
    {},
    { taints: [{ key: "gpu", value: "yes", effect: "NoSchedule" }] },
    'taint "gpu=yes:NoSchedule"',
  ],
  [{}, { unschedulable: true }, "is cordoned"],
  [{ resources: ["nvidia.com/gpu"] }, { resources: ["pods"] }, 'no resource "nvidia.com/gpu"'],
];

for (const [placement, node, why] of RULES_THAT_SAY_NO) {
  Deno.test(`a node is left out, and the explanation says: ${why}`, () => {
    assertEquals(keptOff([placement], node), why);
    assertEquals(
      keptOff([placement, {}], node),
      node.skip || "taints" in node || node.unschedulable ? why : undefined,
    );
  });
}

Deno.test("for whatever placements and nodes, it may run exactly where the agents judge so", () => {
  const label = fc.constantFrom("a", "b");
  const labels = fc.dictionary(label, label, { maxKeys: 2, noNullPrototype: true });
  const requirement = fc.record({
    key: label,
    operator: fc.constantFrom("In", "NotIn", "Exists", "DoesNotExist", "Gt"),
    values: fc.array(label, { maxLength: 2 }),
  });
  const placement = fc.record({
    nodeSelector: labels,
    affinity: fc.array(fc.record({ matchExpressions: fc.array(requirement, { maxLength: 2 }) }), {
      maxLength: 2,
    }),
    tolerations: fc.array(
      fc.record({ key: label, operator: fc.constantFrom("Exists", "Equal") }),
      { maxLength: 2 },
    ),
    os: fc.constantFrom("linux", "windows"),
    resources: fc.array(label, { maxLength: 1 }),
  }, { requiredKeys: [], noNullPrototype: true });
  const node = fc.record({
    labels,
    taints: fc.array(
      fc.record({ key: label, effect: fc.constantFrom("NoSchedule", "NoExecute") }),
      {
        maxLength: 1,
      },
    ),
    unschedulable: fc.boolean(),
    skip: fc.boolean(),
    resources: fc.array(label, { maxLength: 1 }),
  });
  fc.assert(
    fc.property(fc.array(placement, { maxLength: 3 }), fc.array(node), (placements, rest) => {
      const nodes = rest.map((each, at) => nodeFacts(`n${at}`, each));
      const why = whyImage(WEB, bucketOf({ nodes, wanted: [{ placements }] }));
      const may = nodes.filter((each) => placements.some((one) => mayRun(one, each)));
      assertEquals(why.nodes.map((each) => each.node).sort(), may.map(({ name }) => name).sort());
      const left = why.notOn.reduce((sum, { count }) => sum + count, 0);
      assertEquals(left, nodes.length - may.length);
    }),
  );
});

Deno.test("what stands in a further part of an image counts as well", () => {
  const bucket = bucketOf({ nodes: [{ name: "a" }], wanted: [{ placements: [] }] });
  bucket.wanted.putPart(2, { v: 1, reference: WEB, placements: [{}] });
  assertEquals(whyImage(WEB, bucket).nodes.map(({ mayRun }) => mayRun), [true]);
});

const FAILED = { state: "failed", since: SINCE, reason: "not_found: gone", nextTry: SINCE };

Deno.test("how it stands on each node comes from its report, the worst first", () => {
  const why = whyImage(
    WEB,
    bucketOf({
      nodes: [{ name: "a" }, { name: "b" }, { name: "c" }],
      wanted: [{}],
      reports: {
        b: { [WEB]: { state: "warm", since: SINCE, usedAt: SINCE } },
        c: { [WEB]: FAILED },
      },
    }),
  );
  const fresh = { mayRun: true, agent: "fresh", agentAgeMs: 0 } as const;
  assertEquals(why.nodes, [
    { node: "c", ...FAILED, ...fresh },
    { node: "a", mayRun: true, agent: "missing" },
    { node: "b", state: "warm", since: SINCE, usedAt: SINCE, ...fresh },
  ]);
});

Deno.test("a node that may not run it, and reports it still, is told with the reason", () => {
  const why = whyImage(
    WEB,
    bucketOf({
      nodes: [{ name: "a", unschedulable: true }],
      wanted: [{}],
      reports: { a: { [WEB]: { state: "warm", since: SINCE } } },
    }),
  );
  assertEquals(why.nodes.map(({ node, state, mayRun, whyNot }) => [node, state, mayRun, whyNot]), [
    ["a", "warm", false, "is cordoned"],
  ]);
  assertEquals(why.notOn, [{ why: "is cordoned", count: 1, nodes: ["a"] }]);
  assertEquals(why.nodeCount, 1);
});

Deno.test("without Node objects a node has it where its agent says so; with them, it has to be one", () => {
  const reports: Held["reports"] = { a: { [WEB]: { state: "warm", since: SINCE } }, b: {} };
  const without = whyImage(WEB, bucketOf({ wanted: [{}], reports }));
  assertEquals(without.nodes.map(({ node, mayRun }) => [node, mayRun]), [["a", undefined]]);
  assertEquals(without.notOn.map(({ nodes }) => nodes), [["b"]]);
  const with_ = whyImage(WEB, bucketOf({ wanted: [{}], reports, nodes: [{ name: "c" }] }));
  assertEquals(with_.notOn, [{ why: "there is no such Node object", count: 2, nodes: ["a", "b"] }]);
  assertEquals(with_.nodes.map(({ node, mayRun }) => [node, mayRun]), [["c", true], ["a", false]]);
});

Deno.test("reasons are told in words, the rest by its count, and what nothing wants until when", () => {
  const web = { kind: "Deployment", namespace: "shop", name: "web" };
  const why = {
    count: 22,
    reasons: [{ ...web, how: "pods" as const, shownBy: "web-7d9f" }],
    unwantedSince: SINCE,
  };
  const told = whyImage(WEB, bucketOf({ wanted: [{}], why }));
  assertEquals(told.reasons[0]?.text, "Deployment shop/web (added to its pods, those of web-7d9f)");
  assertEquals(told.moreReasons, 21);
  assertEquals([told.isWanted, told.unwantedSince], [false, SINCE]);
  assertEquals(told.keptUntil, new Date(Date.parse(SINCE) + RULES.forgetAfterMs).toISOString());
  assertEquals(whyImage(WEB, bucketOf({ wanted: [{}] })).isWanted, true);
});

Deno.test("for one node each placement is judged, and nothing is said of other nodes", () => {
  const bucket = bucketOf({
    nodes: [{ name: "a" }, { name: "b" }],
    wanted: [{ placements: [{ nodeSelector: { pool: "ci" } }, {}] }],
  });
  const why = whyOnNode(WEB, "a", bucket);
  assertEquals(why?.placements, [{ needs: "pool=ci", whyNot: 'no label "pool"' }, {}]);
  assertEquals(why?.nodes.map(({ node, mayRun }) => [node, mayRun]), [["a", true]]);
  assertEquals(whyOnNode(WEB, "c", bucket), undefined);
  assertEquals(NOW.wallMs, bucket.now.wallMs);
});
