import { assertEquals } from "@std/assert";
import { WantedValues } from "../../../mod/pure/bucket/wanted_values.ts";
import type { WhyValue } from "../../../mod/pure/bucket/wire.ts";
import type { Placement } from "../../../mod/pure/objects/observed.ts";
import type { HeldState } from "../../../mod/pure/plan_diff/held_state.ts";
import { type DiffOf, planDiff } from "../../../mod/pure/plan_diff/plan_diff.ts";
import type { ObjectName } from "../../../mod/pure/wants/object_map.ts";
import type { WantedImage } from "../../../mod/pure/wants/wanted_entry.ts";
import { nodeFacts, RULES, SINCE, wantedValue } from "../why/buckets.ts";

type Reason = WhyValue["reasons"][number];

const WEB = { kind: "Deployment", namespace: "shop", name: "web" };
const API = { kind: "Deployment", namespace: "shop", name: "api" };
const NIGHTLY = { kind: "CronJob", namespace: "shop", name: "nightly" };
const NODES = [nodeFacts("a", { labels: { pool: "ci" } }), nodeFacts("b")];
const ON_CI: Placement = { nodeSelector: { pool: "ci" } };

/** By image: who wants it now, or an entry with more to it. */
type Now = Readonly<Record<string, readonly Reason[] | (Partial<WhyValue> & Placed)>>;
interface Placed {
  readonly placements?: readonly Placement[];
}
/** By image: who would want it. */
type Planned = Readonly<Record<string, readonly Reason[]>>;

interface Case {
  readonly now: Now;
  readonly planned: Planned;
  /** Objects of the manifests; undefined: all are read. */
  readonly objects?: readonly ObjectName[] | undefined;
  readonly more?: Partial<HeldState>;
  readonly of?: Partial<DiffOf>;
  readonly placements?: readonly Placement[];
}

function diffOf({ now, planned, objects, more, of, placements = [{}] }: Case) {
  const wanted = new WantedValues();
  const why = new Map<string, WhyValue>();
  for (const [reference, held] of Object.entries(now)) {
    const value: Partial<WhyValue> & Placed = isList(held) ? { reasons: held } : held;
    const { placements = [{}], reasons = [], count = reasons.length, unwantedSince } = value;
    wanted.putImage(wantedValue({ reference, sizeBytes: 10, placements }));
    why.set(reference, { v: 1, count, reasons, ...(unwantedSince && { unwantedSince }) });
  }
  const images = new Map(
    Object.entries(planned).map(([reference, reasons]): [string, WantedImage] => [
      reference,
      {
        reference,
        reasons: reasons as WantedImage["reasons"],
        priority: 0,
        placements,
        pullSecrets: [],
      },
    ]),
  );
  const held: HeldState = {
    wanted,
    why,
    nodes: new Set(["a", "b"]),
    rules: RULES,
    source: "kubernetes",
    ...more,
  };
  return planDiff({ set: { images }, objects, nodes: NODES, held, sizes: new Map(), ...of });
}

function isList(held: Now[string]): held is readonly Reason[] {
  return Array.isArray(held);
}

/** Each change in a word, such as `comes x:2`. */
function changesOf(each: Case): string[] {
  return diffOf(each).images.map(({ change, image }) => `${change} ${image}`);
}

const TABLE: readonly (readonly [string, Case, readonly string[]])[] = [
  ["nothing, where all is as planned", { now: { "x:1": [WEB] }, planned: { "x:1": [WEB] } }, []],
  [
    "an image that comes and one that goes, where all objects are read",
    { now: { "x:1": [WEB] }, planned: { "x:2": [WEB] } },
    ["goes x:1", "comes x:2"],
  ],
  [
    "no image that was going already",
    { now: { "x:1": { reasons: [WEB], unwantedSince: SINCE } }, planned: {} },
    [],
  ],
  [
    "an image that comes again while it is there",
    { now: { "x:1": { reasons: [WEB], unwantedSince: SINCE } }, planned: { "x:1": [WEB] } },
    ["comes x:1"],
  ],
  [
    "an image that the controller remembers pods for, as one that stays",
    { now: { "mesh:1": [{ ...WEB, how: "guess" }] }, planned: {} },
    ["stays mesh:1"],
  ],
  [
    "an image whose objects cannot be read, as one that stays",
    { now: { "x:1": [WEB] }, planned: {}, of: { unread: new Set(["Deployment"]) } },
    ["stays x:1"],
  ],
  [
    "nothing of objects that the manifests do not name",
    { now: { "x:1": [API], "y:1": [WEB] }, planned: { "y:1": [WEB] }, objects: [WEB] },
    [],
  ],
  [
    "what other objects want, as what stays",
    { now: { "x:1": [API, NIGHTLY] }, planned: { "x:2": [NIGHTLY] }, objects: [NIGHTLY] },
    ["stays x:1", "comes x:2"],
  ],
  [
    "what more objects want than are told, as what stays",
    { now: { "x:1": { reasons: [NIGHTLY], count: 25 } }, planned: {}, objects: [NIGHTLY] },
    ["stays x:1"],
  ],
  [
    "an image of a schedule, which has no revisions, as one that goes",
    { now: { "x:1": [NIGHTLY] }, planned: { "x:2": [NIGHTLY] }, objects: [NIGHTLY] },
    ["goes x:1", "comes x:2"],
  ],
  [
    "the image before, kept for a rollback, and the one before that, which goes",
    {
      now: { "x:1": [{ ...WEB, how: "kept", revision: 1 }], "x:2": [WEB] },
      planned: { "x:3": [WEB] },
      objects: [WEB],
    },
    ["goes x:1", "stays x:2", "comes x:3"],
  ],
  [
    "no rollback that ends, while the template stays as it is",
    {
      now: { "x:1": [{ ...WEB, how: "kept", revision: 1 }], "x:2": [WEB] },
      planned: { "x:2": [WEB] },
      objects: [WEB],
    },
    ["stays x:1"],
  ],
  [
    "as many rollbacks as are kept",
    {
      now: {
        "x:1": [{ ...WEB, how: "kept", revision: 1 }],
        "x:2": [{ ...WEB, how: "kept", revision: 2 }],
        "x:3": [WEB],
      },
      planned: { "x:4": [WEB] },
      objects: [WEB],
      more: { rules: { ...RULES, keepRevisions: 2 } },
    },
    ["goes x:1", "stays x:2", "stays x:3", "comes x:4"],
  ],
  [
    "no rollback where none is kept",
    {
      now: { "x:1": [WEB] },
      planned: {},
      objects: [WEB],
      more: { rules: { ...RULES, keepRevisions: 0 } },
    },
    ["goes x:1"],
  ],
  [
    "no rollback of a bucket that is written from manifests",
    { now: { "x:1": [WEB] }, planned: {}, objects: [WEB], more: { source: "manifests" } },
    ["goes x:1"],
  ],
  [
    "what admission adds to pods, as what stays",
    {
      now: { "mesh:1": [{ ...WEB, how: "pods" }], "x:1": [WEB] },
      planned: { "x:1": [WEB] },
      objects: [WEB],
    },
    ["stays mesh:1"],
  ],
  [
    "an image that admission takes from elsewhere, as what does not come",
    {
      now: { "mirror.lab/hub/x:1": [{ ...WEB, how: "pods" }] },
      planned: { "docker.io/library/x:1": [WEB] },
      objects: [WEB],
    },
    ["stays docker.io/library/x:1", "stays mirror.lab/hub/x:1"],
  ],
  [
    "an image that is wanted on fewer nodes",
    { now: { "x:1": [WEB] }, planned: { "x:1": [WEB] }, placements: [ON_CI], objects: [WEB] },
    ["moves x:1"],
  ],
  [
    "no move off nodes where other objects want it as well",
    { now: { "x:1": [API, WEB] }, planned: { "x:1": [WEB] }, placements: [ON_CI], objects: [WEB] },
    [],
  ],
];

for (const [what, each, changes] of TABLE) {
  Deno.test(`a plan's difference names ${what}`, () => {
    assertEquals(changesOf(each), changes);
  });
}

Deno.test("nodes are named where it comes, goes and moves, and bytes summed", () => {
  const diff = diffOf({
    now: { "x:1": [WEB], "y:1": { reasons: [WEB], placements: [ON_CI] } },
    planned: { "x:2": [WEB], "y:1": [WEB], "z:1": [WEB] },
    of: { sizes: new Map([["x:2", 7]]) },
  });
  assertEquals(diff.images.map(({ image, on, off, sizeBytes }) => [image, on, off, sizeBytes]), [
    ["x:1", [], ["a", "b"], 10],
    ["x:2", ["a", "b"], [], 7],
    ["y:1", ["b"], [], 10],
    ["z:1", ["a", "b"], [], undefined],
  ]);
  assertEquals(diff.nodes, [
    {
      node: "a",
      comes: { images: 2, bytes: 7, unknown: 1 },
      goes: { images: 1, bytes: 10, unknown: 0 },
    },
    {
      node: "b",
      comes: { images: 3, bytes: 17, unknown: 1 },
      goes: { images: 1, bytes: 10, unknown: 0 },
    },
  ]);
  assertEquals([diff.unknownSizes, diff.unchanged, diff.nodeCount], [["z:1"], 0, 2]);
});

Deno.test("what stays says what keeps it", () => {
  const { images } = diffOf({
    now: {
      "a:1": [API, NIGHTLY],
      "b:1": { reasons: [NIGHTLY], count: 25 },
      "c:1": [WEB],
      "d:1": [{ ...WEB, how: "pods", shownBy: "web-7d9f" }],
    },
    planned: {},
    objects: [WEB, NIGHTLY],
  });
  assertEquals(images.map(({ change, why }) => [change, ...why]), [
    ["stays", "Deployment shop/api wants it"],
    ["stays", "24 more objects want it"],
    ["stays", "Deployment shop/web: kept for a rollback"],
    ["stays", "Deployment shop/web (added to its pods, those of web-7d9f)"],
  ]);
});

Deno.test("what is there already is not pulled again", () => {
  const diff = diffOf({
    now: { "x:1": { reasons: [WEB], unwantedSince: SINCE } },
    planned: { "x:1": [WEB] },
  });
  assertEquals(diff.images[0]?.isThere, true);
  assertEquals(diff.nodes[0]?.comes, { images: 1, bytes: 0, unknown: 0 });
});

Deno.test("a node that the bucket does not know gets all that may run there", () => {
  const diff = diffOf({
    now: { "x:1": [WEB] },
    planned: { "x:1": [WEB] },
    more: { nodes: new Set(["a"]) },
  });
  assertEquals(diff.images.map(({ change, on, off }) => [change, on, off]), [["moves", ["b"], []]]);
});

Deno.test("where no node is known, it is told in words", () => {
  const diff = diffOf({
    now: { "x:1": [WEB] },
    planned: { "x:2": [WEB] },
    placements: [ON_CI],
    of: { nodes: [] },
  });
  assertEquals(diff.images.map(({ on, off }) => [on, off]), [
    [[], "all"],
    ["all nodes that match pool=ci", []],
  ]);
  assertEquals(diff.nodes, []);
});
