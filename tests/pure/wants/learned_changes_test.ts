import { assert, assertEquals } from "@std/assert";
import { LearnedChanges } from "../../../mod/pure/wants/learned_changes.ts";
import type { ShapeChange } from "../../../mod/pure/wants/shape_change.ts";

const SHAPE = { wants: [], placement: {}, pullSecrets: [] };
const CHANGES: readonly ShapeChange[] = [{ template: SHAPE, pod: SHAPE }];
const WEB = { kind: "Deployment", namespace: "shop", name: "web" };

/** One pass, in which the workload's pods show this; undefined: it has none. */
function pass(learned: LearnedChanges, nowMs: number, shown?: readonly ShapeChange[]) {
  learned.begin(nowMs);
  const known = learned.of(WEB);
  if (shown !== undefined) learned.learn(WEB, shown);
  return known;
}

Deno.test("what pods showed is known for a while after the pass in which they are gone", () => {
  const learned = new LearnedChanges(3_000);
  pass(learned, 0, CHANGES);
  // Passes are rare where nothing happens: the pods were there all the time between.
  assertEquals(pass(learned, 60_000), CHANGES);
  assertEquals(learned.nextAtMs(), 63_000);
  assertEquals(pass(learned, 62_999), CHANGES);
  assertEquals(pass(learned, 63_000), []);
  assertEquals(learned.nextAtMs(), undefined);
});

Deno.test("while pods are there nothing is due, and they may say that nothing differs", () => {
  const learned = new LearnedChanges(3_000);
  pass(learned, 0, CHANGES);
  assertEquals(learned.nextAtMs(), undefined);
  pass(learned, 1_000, []);
  assertEquals(pass(learned, 2_000), []);
});

Deno.test("what came back counts from anew", () => {
  const learned = new LearnedChanges(3_000);
  pass(learned, 0, CHANGES);
  pass(learned, 1_000);
  pass(learned, 2_000, CHANGES);
  assertEquals(pass(learned, 3_000), CHANGES);
  assertEquals(learned.nextAtMs(), 6_000);
});

Deno.test("nothing is kept where that is no time at all", () => {
  const learned = new LearnedChanges(0);
  pass(learned, 0, CHANGES);
  assertEquals(pass(learned, 1), []);
});

Deno.test("what is shown again is the very same list, whoever made it", () => {
  const learned = new LearnedChanges(3_000);
  pass(learned, 0, CHANGES);
  pass(learned, 1_000, [...CHANGES]);
  assert(pass(learned, 2_000, [...CHANGES]) === CHANGES);
});
