import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  choosePulls,
  type PullCandidate,
  type PullChoiceState,
} from "../../../mod/pure/pulls/pull_choice.ts";

const NOW = 1_000_000;

function candidate(name: string, rest: Partial<PullCandidate> = {}): PullCandidate {
  const repository = `reg.lab/${name}`;
  const reference = `${repository}:1`;
  return { reference, repository, registry: "reg.lab", priority: 0, notBefore: 0, ...rest };
}

function state(rest: Partial<PullChoiceState> = {}): PullChoiceState {
  return {
    now: NOW,
    parallel: 100,
    running: [],
    provenRepositories: new Set(),
    pausedRegistries: new Map(),
    ...rest,
  };
}

const namesOf = (references: readonly string[]) =>
  references.map((reference) => reference.replace(/^reg\.lab\/|:1$/g, ""));

Deno.test("a pod that waits comes first, the longest waiting before all", () => {
  const { start } = choosePulls([
    candidate("important", { priority: 1_000 }),
    candidate("later", { neededBy: "2026-01-02T00:00:00.000Z" }),
    candidate("sooner", { neededBy: "2026-01-01T00:00:00.000Z" }),
  ], state());
  assertEquals(namesOf(start), ["sooner", "later", "important"]);
});

Deno.test("priority comes before size, and small before large, and unknown sizes last", () => {
  const { start } = choosePulls([
    candidate("unknown"),
    candidate("large", { sizeBytes: 900 }),
    candidate("small", { sizeBytes: 9 }),
    candidate("important", { priority: 5, sizeBytes: 9_000 }),
  ], state());
  assertEquals(namesOf(start), ["important", "small", "large", "unknown"]);
});

Deno.test("the order does not depend on the order in which images are known", () => {
  const some = fc.array(
    fc.record({
      name: fc.constantFrom("a", "b", "c", "d", "e", "f"),
      priority: fc.integer({ min: 0, max: 2 }),
      sizeBytes: fc.integer({ min: 1, max: 3 }),
    }),
  );
  fc.assert(fc.property(some, fc.infiniteStream(fc.nat()), (picks, draws) => {
    const byName = new Map(picks.map((pick) => [pick.name, pick]));
    const candidates = [...byName.values()].map(({ name, ...rest }) => candidate(name, rest));
    const shuffled = candidates.map((each) => ({ each, draw: draws.next().value ?? 0 }))
      .sort((left, right) => left.draw - right.draw).map(({ each }) => each);
    assertEquals(choosePulls(shuffled, state()), choosePulls(candidates, state()));
  }));
});

Deno.test("no more pulls run side by side than allowed", () => {
  const candidates = ["a", "b", "c", "d"].map((name) => candidate(name));
  const choose = (running: string[]) =>
    namesOf(choosePulls(candidates, state({ parallel: 3, running })).start);
  assertEquals(choose([]), ["a", "b", "c"]);
  assertEquals(choose(["x", "y"]), ["a"]);
  assertEquals(choose(["x", "y", "z"]), []);
});

Deno.test("a repository's first pull runs without its siblings, other repositories beside it", () => {
  const tags = ["1", "2", "3"].map((tag) =>
    candidate("app", { reference: `reg.lab/app:${tag}`, repository: "reg.lab/app" })
  );
  const other = candidate("other");
  assertEquals(choosePulls([...tags, other], state()).start, ["reg.lab/app:1", "reg.lab/other:1"]);
  const running = ["reg.lab/app"];
  assertEquals(choosePulls(tags, state({ running })).start, []);
});

Deno.test("once a repository has an image here, its siblings run side by side", () => {
  const tags = ["2", "3"].map((tag) =>
    candidate("app", { reference: `reg.lab/app:${tag}`, repository: "reg.lab/app" })
  );
  const provenRepositories = new Set(["reg.lab/app"]);
  const running = ["reg.lab/app"];
  const { start } = choosePulls(tags, state({ provenRepositories, running }));
  assertEquals(start, ["reg.lab/app:2", "reg.lab/app:3"]);
});

Deno.test("what waits after a failure is left out, and the choice says when to choose again", () => {
  const choice = choosePulls([
    candidate("soon", { notBefore: NOW + 10 }),
    candidate("late", { notBefore: NOW + 99 }),
    candidate("due", { notBefore: NOW }),
  ], state());
  assertEquals(choice, { start: ["reg.lab/due:1"], nextAt: NOW + 10 });
  assertEquals(choosePulls([candidate("a")], state()).nextAt, undefined);
});

Deno.test("a paused registry holds back all of its images and nobody else's", () => {
  const pausedRegistries = new Map([["reg.lab", NOW + 500]]);
  const elsewhere = candidate("a", { reference: "other.lab/a:1", registry: "other.lab" });
  const choice = choosePulls([candidate("a"), candidate("b"), elsewhere], {
    ...state({ pausedRegistries }),
  });
  assertEquals(choice, { start: ["other.lab/a:1"], nextAt: NOW + 500 });
});

Deno.test("a choice is never empty while something is due and a place is free", () => {
  const some = fc.uniqueArray(fc.constantFrom<string>("a", "b", "c", "d", "e"));
  const late = fc.uniqueArray(fc.constantFrom<string>("a", "b", "c", "d", "e"));
  fc.assert(fc.property(some, late, fc.integer({ min: 1, max: 3 }), (names, held, parallel) => {
    const candidates = names.map((name) =>
      candidate(name, { notBefore: held.includes(name) ? NOW + 1 : 0 })
    );
    const due = names.filter((name) => !held.includes(name)).length;
    const { start } = choosePulls(candidates, state({ parallel }));
    assertEquals(start.length, Math.min(due, parallel));
    assert(start.every((reference) => names.includes(namesOf([reference])[0] ?? "")));
  }));
});
