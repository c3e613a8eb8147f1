import { assertEquals } from "@std/assert";
import { dueStanding, isEnough } from "../../../mod/pure/node_gate/due_standing.ts";
import {
  gateVerdict,
  type OpenedBy,
  type ShutGate,
} from "../../../mod/pure/node_gate/gate_verdict.ts";

const UNTIL = 1_000;
const NONE = { warm: 0, awaited: [], hopeless: [] };

function gate(rest: Partial<ShutGate>): ShutGate {
  return {
    untilMs: UNTIL,
    isUnlabelled: false,
    due: ["a:1"],
    standing: undefined,
    share: 1,
    ...rest,
  };
}

const SHUT = { opens: false, untilMs: UNTIL } as const;
const STANDING = { ...NONE, awaited: ["a:1"] };

const CASES: readonly [string, Partial<ShutGate>, now: number, by: OpenedBy | undefined][] = [
  ["nothing is due", { due: [] }, 0, "nothing_due"],
  ["all that is due is warm", { standing: { ...NONE, warm: 1 } }, 0, "warm"],
  ["something is awaited", { standing: STANDING }, UNTIL - 1, undefined],
  ["something is awaited and the time is up", { standing: STANDING }, UNTIL, "limit"],
  ["its agent has not reported", {}, 0, undefined],
  ["its agent has not reported and the time is up", {}, UNTIL, "limit"],
  ["it is warm and the time is up", { standing: { ...NONE, warm: 1 } }, UNTIL, "warm"],
  ["what is due is not known", { due: undefined }, 0, undefined],
  ["what is due is not known and the time is up", { due: undefined }, UNTIL, "limit"],
  ["nothing is due and labels are to come", { due: [], isUnlabelled: true }, 0, undefined],
  [
    "it is warm and labels are to come",
    {
      standing: { ...NONE, warm: 1 },
      isUnlabelled: true,
    },
    0,
    undefined,
  ],
  ["labels are to come and the time is up", { isUnlabelled: true }, UNTIL, "limit"],
];

for (const [when, rest, nowMs, by] of CASES) {
  Deno.test(`a gate where ${when} ${by === undefined ? "stays shut" : `opens by ${by}`}`, () => {
    assertEquals(gateVerdict(gate(rest), nowMs), by === undefined ? SHUT : { opens: true, by });
  });
}

Deno.test("images that a node will not get are not waited for, unlike those that fail for a while", () => {
  const reported = new Map([
    ["warm:1", { state: "warm" }],
    ["gone:1", { state: "failed", reason: "not_found: no such tag" }],
    ["secret:1", { state: "failed", reason: "denied: the registry wants a login" }],
    ["large:1", { state: "skipped", reason: "no room: it takes 20 GB" }],
    ["flaky:1", { state: "failed", reason: "network: connection refused" }],
    ["untold:1", { state: "failed" }],
    ["next:1", { state: "pulling" }],
  ]);
  const due = [...reported.keys(), "unreported:1"];
  assertEquals(dueStanding(due, (image) => reported.get(image)), {
    warm: 1,
    awaited: ["flaky:1", "untold:1", "next:1", "unreported:1"],
    hopeless: [
      { image: "gone:1", reason: "not_found: no such tag" },
      { image: "secret:1", reason: "denied: the registry wants a login" },
      { image: "large:1", reason: "no room: it takes 20 GB" },
    ],
  });
});

function standing(warm: number, awaited: number, hopeless = 0) {
  return {
    warm,
    awaited: Array.from({ length: awaited }, (_, at) => `a${at}`),
    hopeless: Array.from({ length: hopeless }, (_, at) => ({ image: `h${at}`, reason: "denied" })),
  };
}

Deno.test("a share is of all that is due, and what cannot come is waited for in no case", () => {
  assertEquals(isEnough(standing(7, 3), 0.8), false);
  assertEquals(isEnough(standing(8, 2), 0.8), true);
  assertEquals(isEnough(standing(8, 1, 1), 0.8), true);
  assertEquals(isEnough(standing(7, 1, 2), 0.8), false);
  assertEquals(isEnough(standing(2, 0, 8), 0.8), true);
  assertEquals(isEnough(standing(9, 1)), false);
  assertEquals(isEnough(standing(9, 0, 1)), true);
});

Deno.test("each whole percentage of 100 images is as many images", () => {
  for (let percent = 1; percent < 100; percent++) {
    assertEquals(isEnough(standing(percent, 100 - percent), percent / 100), true, `${percent}`);
    assertEquals(
      isEnough(standing(percent - 1, 101 - percent), percent / 100),
      false,
      `${percent}`,
    );
  }
});
