import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { ANYWHERE } from "../../../mod/pure/placement/eligibility.ts";
import type {
  ObservedNamespace,
  ObservedWorkload,
  Placement,
} from "../../../mod/pure/objects/observed.ts";
import type { SpaceRules } from "../../../mod/pure/wants/space_rules.ts";
import { foldWants, type WantedSet } from "../../../mod/pure/wants/wanted_set.ts";

const rules: SpaceRules = { listSpaces: ["*"], ignoreSpaces: [], ignoreImages: [], listImages: [] };
const KINDS = new Set(["Deployment", "ReplicaSet", "Pod", "Node"]);
const A = "docker.io/library/a:latest";

function workload(changes: Partial<ObservedWorkload> = {}): ObservedWorkload {
  return {
    kind: "Deployment",
    namespace: "shop",
    name: "web",
    skip: false,
    wants: [{ written: "a", reference: A }],
    faults: [],
    placement: {},
    priority: 0,
    pullSecrets: [],
    ...changes,
  };
}

function fold(
  workloads: readonly ObservedWorkload[],
  changes: Partial<SpaceRules> = {},
  namespaces: readonly ObservedNamespace[] = [],
): WantedSet {
  return foldWants({ kinds: KINDS, workloads, namespaces }, { ...rules, ...changes });
}

/** How many images a pod wants whose owner is of this kind. */
function ownedBy(group: string, kind: string, kinds = KINDS): number {
  const workloads = [workload({ kind: "Pod", owner: { group, kind } })];
  return foldWants({ kinds, workloads, namespaces: [] }, rules).images.size;
}

const namesOf = (set: WantedSet) => [...set.images.keys()];

Deno.test("one entry per image gathers what all objects ask of it", () => {
  const zone: Placement = { nodeSelector: { zone: "a" } };
  const set = fold([
    workload({ name: "b", placement: zone, priority: 5, pullSecrets: ["key"] }),
    workload({ kind: "Pod", name: "c", neededBy: "2026-01-02T03:04:06Z", placement: zone }),
    workload({ kind: "Pod", name: "a", neededBy: "2026-01-02T05:04:05+02:00", priority: -1 }),
  ]);
  assertEquals([...set.images], [[A, {
    reference: A,
    priority: 5,
    neededBy: "2026-01-02T03:04:05.000Z",
    placements: [zone, {}],
    pullSecrets: [{ namespace: "shop", name: "key" }],
    reasons: [
      { kind: "Deployment", namespace: "shop", name: "b" },
      { kind: "Pod", namespace: "shop", name: "a" },
      { kind: "Pod", namespace: "shop", name: "c" },
    ],
  }]]);
});

Deno.test("an object that names an image twice is one reason", () => {
  const wants = [{ written: "a", reference: A }, { written: "a:latest", reference: A }];
  assertEquals(fold([workload({ wants })]).images.get(A)?.reasons.length, 1);
});

Deno.test("the set is the same in whatever order the objects come", () => {
  const workloads = ["a", "b", "c", "d", "e"].map((name, index) =>
    workload({
      name,
      namespace: index % 2 ? "x" : "y",
      priority: index % 3,
      placement: { nodeSelector: { zone: name } },
      pullSecrets: [name],
      wants: [{ written: name, reference: `docker.io/library/${index % 2}:1` }],
      faults: [{ field: "f", value: name, why: "w" }],
    })
  );
  const expected = fold(workloads);
  const shuffled = fc.shuffledSubarray(workloads, { minLength: workloads.length });
  fc.assert(fc.property(shuffled, (workloads) => {
    const set = fold(workloads);
    assertEquals([...set.images], [...expected.images]);
    assertEquals(set.faults, expected.faults);
  }));
});

Deno.test("objects with the skip mark, and those in skipped namespaces, want nothing", () => {
  const skipped = [{ name: "shop", skip: true }, { name: "other", skip: false }];
  assertEquals(namesOf(fold([workload({ skip: true })])), []);
  assertEquals(namesOf(fold([workload()], {}, skipped)), []);
  assertEquals(namesOf(fold([workload({ namespace: "other" })], {}, skipped)), [A]);
});

Deno.test("what an owner of a followed kind makes is left to the owner", () => {
  assertEquals([ownedBy("apps", "ReplicaSet"), ownedBy("apps", "Deployment")], [0, 0]);
  assertEquals([ownedBy("batch", "Job"), ownedBy("argoproj.io", "Rollout")], [1, 1]);
});

Deno.test("an owner of another group counts as another kind, such as Volcano's Job", () => {
  const kinds = new Set(["Deployment", "StatefulSet", "DaemonSet", "Job", "Pod"]);
  assertEquals(ownedBy("batch", "Job", kinds), 0);
  assertEquals(ownedBy("batch.volcano.sh", "Job", kinds), 1);
  assertEquals(ownedBy("apps.kruise.io", "StatefulSet", kinds), 1);
  assertEquals(ownedBy("apps.kruise.io", "DaemonSet", kinds), 1);
});

Deno.test("a mirror pod speaks for itself, as its Node wants no images", () => {
  assertEquals(ownedBy("", "Node"), 1);
});

Deno.test("namespaces and images are left out by the rules, and their faults with them", () => {
  const faults = [{ field: "spec", value: "Bad", why: "w" }];
  const faulty = workload({ faults });
  assertEquals(fold([faulty]).faults, [
    { kind: "Deployment", namespace: "shop", name: "web", field: "spec", value: "Bad", why: "w" },
  ]);
  assertEquals(fold([faulty], { ignoreSpaces: ["sh*"] }), { images: new Map(), faults: [] });
  assertEquals(fold([faulty], { ignoreImages: ["Bad", "a:lat"] }).faults, []);
  assertEquals(namesOf(fold([faulty], { ignoreImages: ["a:lat"] })), []);
});

Deno.test("listed images are wanted anywhere, and a faulty one is named", () => {
  const set = fold([workload({ placement: { nodeSelector: { zone: "a" } } })], {
    listImages: ["a", "b", "C"],
    ignoreImages: ["library/b"],
  });
  assertEquals(namesOf(set), [A, "docker.io/library/b:latest"]);
  assertEquals(set.images.get(A)?.placements, [ANYWHERE]);
  assertEquals(set.images.get("docker.io/library/b:latest")?.reasons, [
    { kind: "Setting", namespace: "", name: "list-images" },
  ]);
  const [fault] = set.faults;
  assert(fault);
  assertEquals([fault.name, fault.value], ["list-images", "C"]);
});

Deno.test("an image with too many placements may run anywhere", () => {
  const of = (count: number, zone = "") =>
    Array.from(
      { length: count },
      (_, index) =>
        workload({ name: `${index}`, placement: { nodeSelector: { zone: `${zone}${index}` } } }),
    );
  assertEquals(fold(of(64)).images.get(A)?.placements.length, 64);
  assertEquals(fold(of(65)).images.get(A)?.placements, [ANYWHERE]);
  assertEquals(fold(of(10, "x".repeat(30_000))).images.get(A)?.placements, [ANYWHERE]);
});

Deno.test("pull secrets are counted once and bounded", () => {
  const pullSecrets = Array.from({ length: 100 }, (_, index) => `key-${index}`);
  const set = fold([workload({ pullSecrets }), workload({ name: "b", pullSecrets: ["key-0"] })]);
  assertEquals(set.images.get(A)?.pullSecrets.length, 64);
});
