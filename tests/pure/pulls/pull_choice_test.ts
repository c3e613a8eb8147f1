import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  choosePulls,
  type PullCandidate,
  type PullChoiceState,
  type RunningPull,
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
    perRegistry: 100,
    running: [],
    provenRepositories: new Set(),
    pausedRegistries: new Map(),
    ...rest,
  };
}

/** A running pull of an image of `reg.lab`, or of another registry. */
function running(name: string, registry = "reg.lab"): RunningPull {
  return { repository: `${registry}/${name}`, registry };
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

Deno.test("what has failed comes after what has not, but a pod's image before all", () => {
  const { start } = choosePulls([
    candidate("broken", { priority: 9, failed: true }),
    candidate("fresh"),
    candidate("needed-broken", { neededBy: "2026-01-01T00:00:00.000Z", failed: true }),
    candidate("needed", { neededBy: "2026-01-02T00:00:00.000Z" }),
  ], state());
  assertEquals(namesOf(start), ["needed", "needed-broken", "fresh", "broken"]);
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
  const choose = (names: string[]) => {
    const others = names.map((name) => running(name));
    return namesOf(choosePulls(candidates, state({ parallel: 3, running: others })).start);
  };
  assertEquals(choose([]), ["a", "b", "c"]);
  assertEquals(choose(["x", "y"]), ["a"]);
  assertEquals(choose(["x", "y", "z"]), []);
});

Deno.test("of one registry run no more than allowed, those that ask about tags included", () => {
  const there = ["a", "b", "c"].map((name) => candidate(name));
  const elsewhere = candidate("x", { reference: "other.lab/x:1", registry: "other.lab" });
  const choose = (others: RunningPull[]) =>
    choosePulls([...there, elsewhere], state({ parallel: 3, perRegistry: 2, running: others }))
      .start;
  assertEquals(choose([]), ["other.lab/x:1", "reg.lab/a:1", "reg.lab/b:1"]);
  assertEquals(choose([running("y"), running("z")]), ["other.lab/x:1"]);
  assertEquals(choose([running("y"), { ...running("z"), refresh: true }]), ["other.lab/x:1"]);
  assertEquals(choose([running("y"), running("y", "b.lab")]), ["other.lab/x:1"]);
  assertEquals(choose([running("y"), running("y", "other.lab")]), ["other.lab/x:1"]);
});

Deno.test("a repository's first pull runs without its siblings, other repositories beside it", () => {
  const tags = ["1", "2", "3"].map((tag) =>
    candidate("app", { reference: `reg.lab/app:${tag}`, repository: "reg.lab/app" })
  );
  const other = candidate("other");
  assertEquals(choosePulls([...tags, other], state()).start, ["reg.lab/app:1", "reg.lab/other:1"]);
  assertEquals(choosePulls(tags, state({ running: [running("app")] })).start, []);
});

Deno.test("once a repository has an image here, its siblings run side by side", () => {
  const tags = ["2", "3"].map((tag) =>
    candidate("app", { reference: `reg.lab/app:${tag}`, repository: "reg.lab/app" })
  );
  const provenRepositories = new Set(["reg.lab/app"]);
  const { start } = choosePulls(tags, state({ provenRepositories, running: [running("app")] }));
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

/** Images of few registries and repositories, so that they meet. */
const someCandidates = fc.uniqueArray(
  fc.record({
    registry: fc.constantFrom("a.lab", "b.lab", "c.lab"),
    repository: fc.constantFrom("app", "db"),
    tag: fc.constantFrom("1", "2", "3"),
    priority: fc.integer({ min: 0, max: 2 }),
    neededBy: fc.option(fc.constant("2026-01-01T00:00:00.000Z"), { nil: undefined }),
    failed: fc.constantFrom(true as const, undefined),
    refresh: fc.constantFrom(true as const, undefined),
    notBefore: fc.constantFrom(0, NOW, NOW + 1),
  }),
  { selector: ({ registry, repository, tag }) => `${registry}/${repository}:${tag}` },
).map((picks) =>
  picks.map(({ registry, repository: name, tag, ...rest }): PullCandidate => {
    const repository = `${registry}/${name}`;
    return { ...rest, registry, repository, reference: `${repository}:${tag}` };
  })
);
const someState = fc.record({
  parallel: fc.integer({ min: 1, max: 4 }),
  perRegistry: fc.integer({ min: 1, max: 4 }),
  proven: fc.subarray(["a.lab/app", "b.lab/db", "c.lab/app"]),
  paused: fc.subarray(["a.lab", "b.lab"]),
}).map(({ proven, paused, ...rest }) =>
  state({
    ...rest,
    provenRepositories: new Set(proven),
    pausedRegistries: new Map(paused.map((registry) => [registry, NOW + 5])),
  })
);

/** Starts what was chosen, beside what runs. */
function started(
  candidates: readonly PullCandidate[],
  given: PullChoiceState,
): readonly PullCandidate[] {
  const { start } = choosePulls(candidates, given);
  return start.map((reference) => candidates.find((each) => each.reference === reference))
    .filter((each) => each !== undefined);
}

const most = (counts: Iterable<readonly unknown[]>) =>
  Math.max(0, ...[...counts].map((each) => each.length));

Deno.test("no limit is ever passed, whatever runs and waits", () => {
  fc.assert(fc.property(someCandidates, someCandidates, someState, (first, second, given) => {
    const before = started(first, given);
    const rest = second.filter(({ reference }) =>
      before.every((each) => each.reference !== reference)
    );
    const both = [...before, ...started(rest, { ...given, running: before })];
    assert(both.length <= given.parallel);
    assert(most(Map.groupBy(both, ({ registry }) => registry).values()) <= given.perRegistry);
    const unproven = both.filter(({ repository }) => !given.provenRepositories.has(repository));
    assert(most(Map.groupBy(unproven, ({ repository }) => repository).values()) <= 1);
    assert(both.filter(({ refresh }) => refresh).length <= 1);
    assert(both.every(({ notBefore }) => notBefore <= NOW));
    assert(both.every(({ registry }) => !given.pausedRegistries.has(registry)));
  }));
});

Deno.test("what may start does: nobody waits for a place that is free", () => {
  fc.assert(fc.property(someCandidates, someState, (candidates, given) => {
    const chosen = started(candidates, given);
    const rest = candidates.filter((each) => !chosen.includes(each));
    assertEquals(choosePulls(rest, { ...given, running: chosen }).start, []);
  }));
});

Deno.test("registries whose pulls never end starve no other, as long as they leave it a place", () => {
  fc.assert(fc.property(someCandidates, someState, (candidates, given) => {
    const hanging = ["a.lab"];
    const own = { ...given, perRegistry: Math.min(given.perRegistry, given.parallel - 1) };
    if (own.perRegistry === 0) return;
    let running: readonly PullCandidate[] = [];
    const done = new Set<PullCandidate>();
    for (let turn = 0; turn < candidates.length + 1; turn++) {
      const waiting = candidates.filter((each) => !done.has(each) && !running.includes(each));
      running = [...running, ...started(waiting, { ...own, running })];
      for (const pull of running) if (!hanging.includes(pull.registry)) done.add(pull);
      running = running.filter((pull) => !done.has(pull));
    }
    const isHangingRefresh = running.some(({ refresh }) => refresh);
    const due = candidates.filter(({ registry, notBefore, refresh }) =>
      !hanging.includes(registry) && !own.pausedRegistries.has(registry) && notBefore <= NOW &&
      !(refresh && isHangingRefresh)
    );
    assertEquals(due.filter((each) => !done.has(each)), []);
  }));
});

Deno.test("what a node needs before it takes pods comes before all, in its own order", () => {
  const { start } = choosePulls([
    candidate("needed", { neededBy: "2026-01-01T00:00:00.000Z" }),
    candidate("second", { due: 1, priority: 9, neededBy: "2026-01-01T00:00:00.000Z" }),
    candidate("first", { due: 0, sizeBytes: 9_000 }),
    candidate("third", { due: 2 }),
  ], state());
  assertEquals(namesOf(start), ["first", "second", "third"]);
});

Deno.test("others start only while nothing that is due there runs or could", () => {
  const others = [candidate("other"), candidate("moving", { refresh: true })];
  const start = (rest: Partial<PullChoiceState>, ...due: PullCandidate[]) =>
    namesOf(choosePulls([...others, ...due], state(rest)).start);
  assertEquals(start({ running: [{ ...running("due"), due: 3 }] }), []);
  assertEquals(start({}, candidate("due", { due: 0 })), ["due"]);
  // of its repository another image comes first
  assertEquals(start({ running: [running("due")] }, candidate("due", { due: 0 })), []);
  const paused = { pausedRegistries: new Map([["busy.lab", NOW + 1]]) };
  const busy = candidate("due", { due: 0, registry: "busy.lab" });
  assertEquals(start(paused, busy), ["other", "moving"]);
  assertEquals(start({}, candidate("due", { due: 0, notBefore: NOW + 1 })), ["other", "moving"]);
});

Deno.test("a due image that waits for another try holds up no other that is due", () => {
  const { start, nextAt } = choosePulls([
    candidate("broken", { due: 0, failed: true }),
    candidate("resting", { due: 1, notBefore: NOW + 5, failed: true }),
    candidate("fresh", { due: 2 }),
  ], state());
  assertEquals(namesOf(start), ["fresh", "broken"]);
  assertEquals(nextAt, NOW + 5);
});
