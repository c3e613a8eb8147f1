import { assertEquals } from "@std/assert";
import type { ClusterSize } from "../../harness/fakes/large_cluster.ts";
import { inTurn } from "./pod_turnover.ts";
import { RealObjects } from "./real_objects.ts";

const SIZE: ClusterSize = {
  deployments: 4,
  revisions: 3,
  pods: 12,
  nodes: 2,
  namespaces: 2,
  images: 4,
};

Deno.test("what a real API server is asked to create has nothing that it adds itself", () => {
  const objects = new RealObjects(SIZE);
  const owner = { name: "app-1", uid: "u" };
  for (const object of [objects.node(1), objects.deployment(1), objects.replicaSet(5, owner)]) {
    const { uid, resourceVersion, managedFields, creationTimestamp } = object.metadata;
    const added = [uid, resourceVersion, managedFields, creationTimestamp];
    assertEquals(added, [undefined, undefined, undefined, undefined]);
  }
});

Deno.test("ReplicaSets of earlier revisions are their Deployment's, and none is its present one", () => {
  const objects = new RealObjects(SIZE);
  const present = specOf(objects.deployment(1));
  const [one, other] = [5, 9].map((number) =>
    specOf(objects.replicaSet(number, { name: "app-1", uid: "u" }))
  );
  assertEquals(matches(present.selector, one), true);
  assertEquals(matches(one?.selector, one), true);
  assertEquals(matches(one?.selector, other), false);
  const images = [present, one, other].map((spec) => spec?.template.spec.containers[0]?.image);
  assertEquals(new Set(images).size, 3, images.join());
});

Deno.test("each pod is replaced once, and those of one Deployment are far apart", () => {
  const pods = Array.from({ length: 1000 }, (_, number) => `${number}`.padStart(3, "0"));
  const turns = inTurn(pods);
  assertEquals(turns.toSorted(), pods);
  assertEquals(turns.slice(0, 3), ["000", "097", "194"]);
});

interface Spec {
  readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
  readonly template: {
    readonly metadata: { readonly labels: Readonly<Record<string, string>> };
    readonly spec: { readonly containers: readonly { readonly image: string }[] };
  };
}

function specOf(object: { readonly [field: string]: unknown }): Spec {
  return object.spec as Spec;
}

function matches(selector: Spec["selector"] | undefined, spec: Spec | undefined): boolean {
  const labels = spec?.template.metadata.labels ?? {};
  return Object.entries(selector?.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
}
