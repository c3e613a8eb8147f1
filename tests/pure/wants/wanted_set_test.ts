import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { ANYWHERE } from "../../../mod/pure/placement/eligibility.ts";
import type {
  ObservedNamespace,
  ObservedWorkload,
  Placement,
  PodShape,
  Want,
} from "../../../mod/pure/objects/observed.ts";
import type { SpaceRules } from "../../../mod/pure/wants/space_rules.ts";
import type { SeenObjects } from "../../../mod/pure/wants/seen_objects.ts";
import type { WantedSet } from "../../../mod/pure/wants/wanted_set.ts";
import { WantsFold } from "../../../mod/pure/wants/wants_fold.ts";
import { RULES as rules } from "./folding.ts";

const A = "docker.io/library/a:latest";

function workload(
  changes: Partial<ObservedWorkload> & Partial<PodShape> = {},
): ObservedWorkload {
  const { wants = [want("a", A)], placement = {}, pullSecrets = [], priority = 0 } = changes;
  return {
    kind: "Deployment",
    namespace: "shop",
    name: "web",
    skip: false,
    shapes: [{ wants, placement, pullSecrets, priority }],
    faults: [],
    ...changes,
  };
}

function want(written: string, reference: string): Want {
  return { written, reference, container: written };
}

function fold(
  workloads: readonly ObservedWorkload[],
  changes: Partial<SpaceRules> = {},
  namespaces: readonly ObservedNamespace[] = PRIVATE,
): WantedSet {
  const nothing = {
    pods: [],
    nodes: [],
    runtimeClasses: [],
    serviceAccounts: [],
    priorityClasses: [],
  };
  const seen: SeenObjects = { ...nothing, workloads, namespaces };
  return new WantsFold({ ...rules, ...changes }, 0).fold({
    kinds: new Set(),
    seen,
    nowMs: 0,
    wallMs: 0,
  });
}

/** Namespaces of which private images are kept. */
const PRIVATE: readonly ObservedNamespace[] = ["shop", "x", "y"].map((name) => ({
  name,
  skip: false,
  marks: { private: "bytes" },
}));

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
    private: [
      { mode: "bytes", placements: [{}], secrets: [] },
      { mode: "bytes", placements: [zone], secrets: [{ namespace: "shop", name: "key" }] },
    ],
    reasons: [
      { kind: "Deployment", namespace: "shop", name: "b" },
      { kind: "Pod", namespace: "shop", name: "a" },
      { kind: "Pod", namespace: "shop", name: "c" },
    ],
  }]]);
});

Deno.test("an object that names an image twice is one reason", () => {
  const wants = [want("a", A), want("a:latest", A)];
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
      wants: [want(name, `docker.io/library/${index % 2}:1`)],
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

Deno.test("namespaces and images are left out by the rules, and their faults with them", () => {
  const faults = [{ field: "spec", value: "Bad", why: "w" }];
  const faulty = workload({ faults });
  assertEquals(fold([faulty]).faults, [
    { kind: "Deployment", namespace: "shop", name: "web", field: "spec", value: "Bad", why: "w" },
  ]);
  const { images, faults: told } = fold([faulty], { ignoreSpaces: ["sh*"] });
  assertEquals([images.size, told], [0, []]);
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

Deno.test("placements that differ in their affinity alone are one with all its terms", () => {
  const at = (...names: string[]): Placement => ({
    affinity: names.map((name) => ({
      matchFields: [{ key: "metadata.name", operator: "In", values: [name] }],
    })),
    tolerations: [{ operator: "Exists" }],
  });
  const pods = (...placements: Placement[]) =>
    placements.map((placement, index) => workload({ name: `${index}`, placement }));
  const placements = (...given: Placement[]) => fold(pods(...given)).images.get(A)?.placements;
  assertEquals(placements(at("b"), at("a"), at("b")), [at("a", "b")]);
  const { tolerations } = at();
  assertEquals(placements(at("b"), { tolerations: tolerations ?? [] }, at("a")), [{
    tolerations: tolerations ?? [],
  }]);
  const names = Array.from({ length: 5_000 }, (_, index) => `node-${index}`);
  assertEquals(
    placements(...names.map((name) => at(name)))?.map(({ affinity }) => affinity?.length),
    [
      5_000,
    ],
  );
});

Deno.test("however many placements an image has, none is widened", () => {
  for (const count of [1, 64, 65, 1_000]) {
    const all = Array.from(
      { length: count },
      (_, index) =>
        workload({ name: `${index}`, placement: { nodeSelector: { zone: `${index}` } } }),
    );
    assertEquals(fold(all).images.get(A)?.placements.length, count);
  }
});

Deno.test("pull secrets are counted once and bounded", () => {
  const pullSecrets = Array.from({ length: 100 }, (_, index) => `key-${index}`);
  const set = fold([workload({ pullSecrets }), workload({ name: "b", pullSecrets: ["key-0"] })]);
  assertEquals(set.images.get(A)?.pullSecrets.length, 64);
  assertEquals(set.images.get(A)?.private?.map(({ secrets }) => secrets.length), [64]);
});
