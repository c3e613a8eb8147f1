import { assertEquals, assertStringIncludes } from "@std/assert";
import type { ReadImageReport } from "../../../mod/pure/bucket/agent_wire.ts";
import { WantedValues } from "../../../mod/pure/bucket/wanted_values.ts";
import type { NodeValue, WantedValue } from "../../../mod/pure/bucket/wire.ts";
import { Fleet } from "../../../mod/pure/fleet/fleet.ts";
import { waitText } from "../../../mod/pure/fleet/wait_text.ts";
import { waitVerdict } from "../../../mod/pure/fleet/wait_verdict.ts";

const SINCE = "2026-11-27T09:00:00.000Z";
const now = { wallMs: Date.parse(SINCE), monotonicMs: 1_000_000 };
const LONG_AGO = now.monotonicMs - 10 * 60_000;

/** One case: what is wanted and reported, and what is made of it. */
interface Case {
  readonly name: string;
  /** What is wanted, anywhere unless told where. */
  readonly wanted?: Readonly<Record<string, Partial<WantedValue>>>;
  /** Node objects. */
  readonly nodes?: Readonly<Record<string, Partial<NodeValue>>>;
  /** Reports by node, written just now … */
  readonly reports?: Readonly<Record<string, Readonly<Record<string, ReadImageReport>>>>;
  /** … or long ago. */
  readonly old?: Case["reports"];
  /** What is waited for; absent: everything. */
  readonly images?: readonly string[];
  readonly expected: {
    readonly result: "warm" | "waiting" | "useless";
    readonly warm?: number;
    readonly due?: number;
    /** Each as "image node state reason". */
    readonly lacks?: readonly string[];
  };
}

const X = { "x:1": {} };
const gpu = { placements: [{ nodeSelector: { gpu: "yes" } }] };

const CASES: readonly Case[] = [{
  name: "all is warm when every node reports it so",
  wanted: X,
  nodes: { a: {}, b: {} },
  reports: { a: { "x:1": state("warm") }, b: { "x:1": state("warm") } },
  expected: { result: "warm", warm: 2, due: 2, lacks: [] },
}, {
  name: "a node whose report does not name the image is not warm",
  wanted: X,
  nodes: { a: {} },
  reports: { a: {} },
  expected: { result: "waiting", lacks: ["x:1 a missing its agent does not report it yet"] },
}, {
  name: "a node without an agent is named",
  wanted: X,
  nodes: { a: {}, b: {} },
  reports: { a: { "x:1": state("warm") } },
  expected: { result: "waiting", warm: 1, due: 2, lacks: ["x:1 b missing the node has no agent"] },
}, {
  name: "a silent agent is named with its last word, and its faults are not final",
  wanted: X,
  nodes: { a: {} },
  old: { a: { "x:1": state("failed", "not_found: gone") } },
  expected: {
    result: "waiting",
    lacks: [
      "x:1 a stale its agent has been silent for 10 min; its last word: failed (not_found: gone)",
    ],
  },
}, {
  name: "what a silent agent reported warm counts",
  wanted: X,
  nodes: { a: {} },
  old: { a: { "x:1": state("warm") } },
  expected: { result: "warm" },
}, {
  name: "an image that nothing wants yet is waited for",
  wanted: X,
  nodes: { a: {} },
  reports: { a: { "x:1": state("warm") } },
  images: ["x:1", "y:1"],
  expected: { result: "waiting", warm: 1, due: 1, lacks: ["y:1 - missing nothing wants it yet"] },
}, {
  name: "an image that nodes report and nothing wants is not what was waited for",
  nodes: { a: {} },
  reports: { a: { "x:1": state("warm") } },
  images: ["x:1"],
  expected: { result: "waiting", lacks: ["x:1 - missing nothing wants it yet"] },
}, {
  name: "only what is named is waited for",
  wanted: { ...X, "y:1": {} },
  nodes: { a: {} },
  reports: { a: { "x:1": state("warm"), "y:1": state("failed", "denied: no") } },
  images: ["x:1"],
  expected: { result: "warm" },
}, {
  name: "an empty bucket is not warm",
  nodes: { a: {} },
  expected: { result: "waiting", lacks: ["- - missing nothing is wanted yet"] },
}, {
  name: "a cluster without nodes is not warm",
  wanted: X,
  expected: {
    result: "waiting",
    lacks: ["- - missing no node is known yet", "x:1 - missing no node reports it yet"],
  },
}, {
  name: "where no node may run an image, nothing lacks it",
  wanted: { "x:1": gpu },
  nodes: { a: {} },
  reports: { a: {} },
  expected: { result: "warm", due: 0 },
}, {
  name: "nodes that may not run it are not waited for: by selector, taint, cordon, skip",
  wanted: X,
  nodes: {
    a: {},
    b: { unschedulable: true },
    c: { skip: true },
    d: { taints: [{ key: "own", effect: "NoSchedule" }] },
  },
  reports: { a: { "x:1": state("warm") } },
  expected: { result: "warm", due: 1 },
}, {
  name: "a cordoned node's failure is not waited for",
  wanted: X,
  nodes: { a: {}, b: { unschedulable: true } },
  reports: { a: { "x:1": state("warm") }, b: { "x:1": state("failed", "denied: no") } },
  expected: { result: "warm", due: 1 },
}, {
  name: "what a node skips for good is not waited for",
  wanted: { ...X, "y:1": {} },
  nodes: { a: {} },
  reports: {
    a: {
      "x:1": state("skipped", "no_platform: nothing for arm64"),
      "y:1": state("skipped", "lazy_snapshotter: stargz"),
    },
  },
  expected: { result: "warm", due: 0 },
}, {
  name: "what finds no room is waited for, as some may be made",
  wanted: X,
  nodes: { a: {} },
  reports: { a: { "x:1": state("skipped", "no room: needs 5 GB") } },
  expected: { result: "waiting", lacks: ["x:1 a skipped no room: needs 5 GB"] },
}, {
  name: "reasons and states of later versions are waited for",
  wanted: { ...X, "y:1": {}, "z:1": {} },
  nodes: { a: {} },
  reports: {
    a: {
      "x:1": state("skipped", "novel: reason"),
      "y:1": state("failed", "constructor: odd"),
      "z:1": state("streaming"),
    },
  },
  expected: {
    result: "waiting",
    lacks: ["x:1 a skipped novel: reason", "y:1 a failed constructor: odd", "z:1 a streaming "],
  },
}, {
  name: "what is tried again is waited for",
  wanted: X,
  nodes: { a: {} },
  reports: { a: { "x:1": state("failed", "network: refused") } },
  expected: { result: "waiting", lacks: ["x:1 a failed network: refused"] },
}, {
  name: "an agent without a Node object is not waited for where others have one",
  wanted: X,
  nodes: { a: {} },
  reports: { a: { "x:1": state("warm") }, stranger: {} },
  expected: { result: "warm", due: 1 },
}, {
  name: "where no Node objects are known, every agent judges for itself",
  wanted: { ...X, "y:1": gpu, "z:1": gpu },
  reports: { a: { "x:1": state("warm"), "y:1": state("warm") }, b: {} },
  expected: {
    result: "waiting",
    warm: 2,
    due: 4,
    lacks: [
      "x:1 b missing its agent does not report it yet",
      "z:1 - missing no node reports it yet",
    ],
  },
}];

for (const { name, expected, ...given } of CASES) {
  Deno.test(`waiting: ${name}`, () => {
    const verdict = waitVerdict({ ...fleetOf(given), images: given.images, now });
    assertEquals(verdict.result, expected.result);
    if (expected.warm !== undefined) assertEquals(verdict.warm, expected.warm);
    if (expected.due !== undefined) assertEquals(verdict.due, expected.due);
    if (expected.lacks === undefined) return;
    const lacks = verdict.lacks.map(({ image = "-", node = "-", state, reason }) =>
      `${image} ${node} ${state} ${reason}`
    );
    assertEquals(lacks, expected.lacks);
    assertEquals(verdict.lacking, expected.lacks.length);
  });
}

for (const code of ["not_found", "denied", "invalid", "disk_error"]) {
  Deno.test(`waiting is useless for ${code}, even where another node will have it`, () => {
    const reports = {
      a: { "x:1": state("pulling") },
      b: { "x:1": state("failed", `${code}: so it is`) },
    };
    const verdict = waitVerdict({
      ...fleetOf({ wanted: X, nodes: { a: {}, b: {} }, reports }),
      now,
    });
    assertEquals(verdict.result, "useless");
    assertEquals(verdict.lacks.map(({ node, isFault }) => [node, isFault]), [
      ["b", true],
      ["a", undefined],
    ]);
  });
}

Deno.test("waiting is useless for an image that its namespace's mark withholds, and says what to set", () => {
  const withheld = { count: 1, namespaces: ["shop"] };
  const why = new Map([["y:1", { v: 1 as const, count: 0, reasons: [], withheld }]]);
  const given = fleetOf({ wanted: X, nodes: { a: {} }, reports: { a: { "x:1": state("warm") } } });
  const verdict = waitVerdict({ ...given, images: ["x:1", "y:1"], why, now });
  assertEquals(verdict.result, "useless");
  const [lack] = verdict.lacks;
  assertEquals([lack?.image, lack?.state, lack?.isFault], ["y:1", "missing", true]);
  assertStringIncludes(
    lack?.reason ?? "",
    "annotate --overwrite namespace shop warm-images/private",
  );
  const [head] = waitText({ v: 1, ...verdict, result: "useless" }, ["x:1"]);
  assertEquals(
    head,
    "1 of 1 warm, and waiting is useless: what is missing does not come by itself",
  );
  // Others have it wanted all the same.
  const others = {
    ...given,
    images: ["x:1"],
    why: new Map([["x:1", { v: 1 as const, count: 1, reasons: [], withheld }]]),
  };
  assertEquals(waitVerdict({ ...others, now }).result, "warm");
});

const AWAITED = state("waiting", "waits for the login of secret shop/regcred");
const LOGINS: readonly [name: string, at: string, pulling: number, isUseless: boolean][] = [
  ["that was tried just now is waited for", "2026-11-27T09:00:20.000Z", 0, false],
  ["is waited for while the node pulls others first", "2026-11-27T09:10:00.000Z", 1, false],
  ["that does not come is not waited for", "2026-11-27T09:10:00.000Z", 0, true],
];
for (const [name, at, pulling, isUseless] of LOGINS) {
  Deno.test(`a login ${name}, by the node's own clock`, () => {
    const given = fleetOf({ wanted: X, nodes: { a: {} }, reports: { a: { "x:1": AWAITED } } });
    const images = { wanted: 1, warm: 0, pulling, waiting: 1, failed: 0 };
    given.fleet.putBeat({ v: 1, node: "a", agent: "0.5.0", at, images }, now.monotonicMs);
    const verdict = waitVerdict({ ...given, now });
    assertEquals(verdict.result, isUseless ? "useless" : "waiting");
    const isTold = verdict.lacks[0]?.reason.includes("--pull-secrets") ?? false;
    assertEquals(isTold, isUseless);
  });
}

Deno.test("a thousand lacks are counted, and a hundred named", () => {
  const names = Array.from({ length: 1000 }, (_, n) => `x:${n}`);
  const wanted = Object.fromEntries(names.map((name) => [name, {}]));
  const verdict = waitVerdict({
    ...fleetOf({ wanted, nodes: { a: {} }, reports: { a: {} } }),
    now,
  });
  assertEquals([verdict.lacking, verdict.lacks.length], [1000, 100]);
});

function state(state: string, reason?: string): ReadImageReport {
  return { state, since: SINCE, ...(reason !== undefined && { reason }) };
}

function fleetOf(
  { wanted = {}, nodes = {}, reports = {}, old = {} }: Omit<Case, "name" | "expected">,
) {
  const [fleet, values] = [new Fleet(), new WantedValues()];
  for (const [reference, how] of Object.entries(wanted)) {
    const value = {
      v: 1 as const,
      reference,
      priority: 0,
      placements: [{}],
      pullSecrets: [],
      ...how,
    };
    values.putImage(value);
    fleet.putWanted(value);
  }
  for (const [name, facts] of Object.entries(nodes)) {
    const where = { labels: {}, taints: [], architecture: "amd64", os: "linux" };
    fleet.putNode({ v: 1, name, uid: name, ...where, unschedulable: false, skip: false, ...facts });
  }
  for (const [given, seenAt] of [[reports, now.monotonicMs], [old, LONG_AGO]] as const) {
    for (const [node, images] of Object.entries(given)) {
      fleet.putReport({ v: 1, node, agent: "0.3.0", at: SINCE, images }, seenAt);
    }
  }
  return { fleet, wanted: values };
}
