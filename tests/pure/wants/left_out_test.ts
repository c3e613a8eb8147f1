import { assertEquals } from "@std/assert";
import type { ObservedWorkload } from "../../../mod/pure/objects/observed.ts";
import { leftOut, leftOutText } from "../../../mod/pure/wants/left_out.ts";
import { seenObjects } from "../../../mod/pure/wants/seen_objects.ts";

const RULES = {
  listSpaces: ["*"],
  ignoreSpaces: ["kube-*"],
  ignoreImages: [":dev"],
  listImages: [],
};

const NOTHING = {
  ...{ skipped: 0, inOtherSpaces: 0, unmarked: 0, notDue: 0, ignoredImages: 0 },
  withheldImages: 0,
  withheldIn: { count: 0, first: [] },
};

function workload(namespace: string, image: string, skip = false): ObservedWorkload {
  const shape = {
    wants: [{ written: image, reference: image, container: "c" }],
    placement: {},
    pullSecrets: [],
  };
  return { kind: "Deployment", namespace, name: "a", skip, shapes: [shape], faults: [] };
}

function leftOutOf(
  workloads: readonly ObservedWorkload[],
  skippedSpaces: readonly string[] = [],
  rules: Parameters<typeof leftOut>[0] = RULES,
) {
  return leftOut(
    rules,
    seenObjects([
      ...workloads.map((each) => ({ type: "workload" as const, workload: each })),
      ...skippedSpaces.map((name) => ({
        type: "namespace" as const,
        namespace: { name, skip: true },
      })),
    ]),
    { wallMs: Date.parse("2026-01-01T00:00:00Z"), withheld: new Map() },
  );
}

Deno.test("objects are left out by their mark and by that of their namespace", () => {
  const objects = [workload("shop", "a", true), workload("test", "b"), workload("shop", "c")];
  assertEquals(leftOutOf(objects, ["test"]).skipped, 2);
});

Deno.test("objects in namespaces that do not count are left out, marked or not", () => {
  const objects = [workload("kube-system", "a"), workload("kube-public", "b", true)];
  assertEquals(leftOutOf(objects), { ...NOTHING, inOtherSpaces: 2 });
});

Deno.test("where only what is marked counts, the others are left out", () => {
  const marked: ObservedWorkload = { ...workload("shop", "a"), marks: { watch: true } };
  const rules = { ...RULES, onlyMarked: true };
  assertEquals(leftOutOf([marked, workload("shop", "b:dev")], [], rules), {
    ...NOTHING,
    unmarked: 1,
  });
  assertEquals(leftOutOf([marked, workload("shop", "b")]), NOTHING);
});

Deno.test("what an object has made is not counted for itself", () => {
  const owner = { group: "apps", kind: "Deployment", name: "a" };
  const revision: ObservedWorkload = { ...workload("kube-system", "a"), kind: "ReplicaSet", owner };
  assertEquals(leftOutOf([workload("kube-system", "a"), revision, revision]), {
    ...NOTHING,
    inOtherSpaces: 1,
  });
});

Deno.test("an ignored image counts once, and not where its object does not count", () => {
  const objects = [workload("shop", "a:dev"), workload("bank", "a:dev"), workload("shop", "b:1")];
  assertEquals(leftOutOf(objects).ignoredImages, 1);
  assertEquals(leftOutOf([workload("shop", "a:dev", true)]).ignoredImages, 0);
});

Deno.test("what is left out is told in a line, and nothing where that is nothing", () => {
  assertEquals(
    leftOutText({
      ...NOTHING,
      skipped: 1,
      inOtherSpaces: 5,
      unmarked: 3,
      notDue: 0,
      ignoredImages: 2,
    }),
    "1 object by warm-images/skip, 5 objects by list-spaces and ignore-spaces, " +
      "3 objects without warm-images/watch, 2 images by ignore-images",
  );
  assertEquals(
    leftOutText({ ...NOTHING, ignoredImages: 1 }),
    "1 image by ignore-images",
  );
  assertEquals(leftOutText(NOTHING), undefined);
});

Deno.test("objects whose run is further away than cron-lead are left out until then", () => {
  const at = (hour: number, suspended = false) => ({
    ...workload("shop", "a"),
    schedule: { cron: [`0 ${hour} * * *`], suspended },
  });
  const objects = [at(1), at(5), at(9), at(1, true), workload("shop", "b")];
  const rules = { ...RULES, cronLeadMs: 2 * 3_600_000 };
  assertEquals(leftOutOf(objects, [], rules), { ...NOTHING, notDue: 3 });
  assertEquals(leftOutOf(objects), NOTHING);
});
