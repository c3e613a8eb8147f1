import { assert, assertEquals } from "@std/assert";
import type { DueStanding } from "../../../mod/pure/node_gate/due_standing.ts";
import {
  hopelessText,
  openingText,
  type ToldOpening,
  warmCondition,
} from "../../../mod/pure/node_gate/opening_text.ts";

const DUE = ["a:1", "b:1", "c:1", "d:1", "e:1"];

function opening(rest: Partial<ToldOpening>): ToldOpening {
  return {
    by: "warm",
    due: DUE,
    isUnlabelled: false,
    standing: { warm: 5, awaited: [], hopeless: [] },
    standingOf: () => undefined,
    shutMs: 300_000,
    ...rest,
  };
}

function standing(awaited: readonly string[], hopeless: readonly string[]): DueStanding {
  return {
    warm: DUE.length - awaited.length - hopeless.length,
    awaited,
    hopeless: hopeless.map((image) => ({ image, reason: "not_found: no such tag" })),
  };
}

const CASES: readonly [string, Partial<ToldOpening>, string][] = [
  ["all is warm", {}, "5 of 5 due images are here"],
  ["nothing is due", { by: "nothing_due", due: [] }, "No image is due here"],
  [
    "a share is enough",
    { standing: standing(["e:1"], []) },
    "4 of 5 due images are here, as many as are enough",
  ],
  [
    "one cannot be had",
    { standing: standing([], ["b:1"]) },
    "4 of 5 due images are here; not waited for: b:1 (not_found: no such tag)",
  ],
  [
    "the time is up",
    { by: "limit", standing: standing(["b:1", "c:1", "d:1", "e:1"], ["a:1"]) },
    "The time was up after 5 min: 4 of 5 due images are missing: b:1 (pulling), " +
    "c:1 (not reported), d:1 (not reported) and 1 more; not waited for: a:1 (not_found: no such tag)",
  ],
  [
    "there is no report",
    { by: "limit", standing: undefined },
    "The time was up after 5 min: the node's agent has not reported (due images: 5)",
  ],
  [
    "objects were not read",
    { by: "limit", due: undefined, standing: undefined },
    "The time was up after 5 min: what is due was not known yet",
  ],
  [
    "labels were to come",
    { by: "limit", isUnlabelled: true },
    "The time was up after 5 min: what is due was not known, as labels of the node were still to come",
  ],
];

for (const [when, rest, text] of CASES) {
  Deno.test(`people are told that ${when}`, () => {
    const standingOf = (image: string) => image === "b:1" ? { state: "pulling" } : undefined;
    assertEquals(openingText(opening({ standingOf, ...rest })), text);
  });
}

Deno.test("a text has some hundred characters and one line, whatever registries say", () => {
  const long = `reg.lab/${"x".repeat(4_000)}:1`;
  const reason = `network: ${"no\nway\u001b[31m ".repeat(500)}`;
  const told = opening({
    by: "limit",
    due: [long, `${long}2`],
    standing: { warm: 0, awaited: [long], hopeless: [{ image: `${long}2`, reason }] },
    standingOf: () => ({ state: "failed", reason }),
  });
  for (const text of [openingText(told), hopelessText(told) ?? ""]) {
    assert(text.length <= 600, `${text.length}`);
    // deno-lint-ignore no-control-regex
    assert(!/[\n\u001b]/.test(text), text);
  }
});

Deno.test("the condition says in one word why a gate opened", () => {
  const reasons = (["warm", "nothing_due", "limit"] as const).map((by) =>
    warmCondition(opening({ by })).reason
  );
  assertEquals(reasons, ["Warm", "NothingDue", "LimitPassed"]);
});
