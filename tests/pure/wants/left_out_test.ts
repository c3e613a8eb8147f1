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

function workload(namespace: string, image: string, skip = false): ObservedWorkload {
  const shape = {
    wants: [{ written: image, reference: image, container: "c" }],
    placement: {},
    pullSecrets: [],
  };
  return { kind: "Deployment", namespace, name: "a", skip, shapes: [shape], faults: [] };
}

function leftOutOf(workloads: readonly ObservedWorkload[], skippedSpaces: readonly string[] = []) {
  return leftOut(
    RULES,
    seenObjects([
      ...workloads.map((each) => ({ type: "workload" as const, workload: each })),
      ...skippedSpaces.map((name) => ({
        type: "namespace" as const,
        namespace: { name, skip: true },
      })),
    ]),
  );
}

Deno.test("objects are left out by their mark and by that of their namespace", () => {
  const objects = [workload("shop", "a", true), workload("test", "b"), workload("shop", "c")];
  assertEquals(leftOutOf(objects, ["test"]).skipped, 2);
});

Deno.test("objects in namespaces that do not count are left out, marked or not", () => {
  const objects = [workload("kube-system", "a"), workload("kube-public", "b", true)];
  assertEquals(leftOutOf(objects), { skipped: 0, inOtherSpaces: 2, ignoredImages: 0 });
});

Deno.test("an ignored image counts once, and not where its object does not count", () => {
  const objects = [workload("shop", "a:dev"), workload("bank", "a:dev"), workload("shop", "b:1")];
  assertEquals(leftOutOf(objects).ignoredImages, 1);
  assertEquals(leftOutOf([workload("shop", "a:dev", true)]).ignoredImages, 0);
});

Deno.test("what is left out is told in a line, and nothing where that is nothing", () => {
  assertEquals(
    leftOutText({ skipped: 1, inOtherSpaces: 5, ignoredImages: 2 }),
    "1 object by warm-images/skip, 5 objects by list-spaces and ignore-spaces, " +
      "2 images by ignore-images",
  );
  assertEquals(
    leftOutText({ skipped: 0, inOtherSpaces: 0, ignoredImages: 1 }),
    "1 image by ignore-images",
  );
  assertEquals(leftOutText({ skipped: 0, inOtherSpaces: 0, ignoredImages: 0 }), undefined);
});
