import { assertEquals } from "@std/assert";
import { faultsOf, imagesOf, object, workloadOf } from "../asked_by.ts";

const SERVING = "serving.knative.dev/v1";
const POD = { containers: [{ image: "example/app:1" }] };
const OWNER = { apiVersion: SERVING, kind: "Revision", name: "a-1", uid: "u", controller: true };

function revision(state: string | undefined, rest: Record<string, unknown> = {}) {
  const labels = state === undefined ? {} : { "serving.knative.dev/routingState": state };
  return object(SERVING, "Revision", {
    metadata: { name: "a-1", namespace: "x", labels },
    spec: POD,
    ...rest,
  });
}

Deno.test("a service wants the images of the revision to come", () => {
  const spec = { template: { spec: POD }, traffic: [{ latestRevision: true, percent: 100 }] };
  assertEquals(imagesOf(object(SERVING, "Service", { spec })), [["example/app:1"]]);
});

Deno.test("a service whose container has a name alone is no fault", () => {
  const spec = { template: { spec: { containers: [{ name: "app" }] } } };
  assertEquals(faultsOf(object(SERVING, "Service", { spec })), []);
});

Deno.test("a revision wants its images as long as traffic can reach it", () => {
  assertEquals(imagesOf(revision("active")), [["example/app:1"]]);
  assertEquals(imagesOf(revision("pending")), [["example/app:1"]]);
  assertEquals(imagesOf(revision(undefined)), [["example/app:1"]]);
  assertEquals(imagesOf(revision("reserve")), []);
});

Deno.test("pods of a revision ask for the digests that its tags stood for", () => {
  const imageDigest = `example/app@sha256:${"a".repeat(64)}`;
  const one = revision("active", { status: { containerStatuses: [{ name: "", imageDigest }] } });
  assertEquals(imagesOf(one), [[imageDigest]]);
  const containers = [{ name: "app", image: "example/app:1" }, { name: "b", image: "example/b:1" }];
  const containerStatuses = [{ name: "b" }, { name: "app", imageDigest }];
  const two = revision("active", { spec: { containers }, status: { containerStatuses } });
  assertEquals(imagesOf(two), [[imageDigest, "example/b:1"]]);
});

Deno.test("an Image is wanted, unless a Revision has made it and speaks for it", () => {
  const image = (metadata: Record<string, unknown>) =>
    object("caching.internal.knative.dev/v1alpha1", "Image", {
      metadata: { name: "queue-proxy", namespace: "knative-serving", ...metadata },
      spec: { image: "example/queue:1", imagePullSecrets: [{ name: "s" }] },
    });
  assertEquals(imagesOf(image({})), [["example/queue:1"]]);
  assertEquals(workloadOf(image({}))?.shapes[0]?.pullSecrets, ["s"]);
  assertEquals(imagesOf(image({ ownerReferences: [OWNER] })), []);
});

Deno.test("what Knative has scaled to zero is left to its Revision", () => {
  for (const kind of ["Deployment", "ReplicaSet"]) {
    const of = (replicas: number | undefined, labels: Record<string, string>) =>
      imagesOf(object("apps/v1", kind, {
        metadata: { name: "a-1-deployment", namespace: "x", labels },
        spec: { replicas, template: { spec: POD } },
      }));
    const labels = { "serving.knative.dev/revision": "a-1" };
    assertEquals(of(0, labels), []);
    assertEquals(of(1, labels), [["example/app:1"]]);
    assertEquals(of(undefined, labels), [["example/app:1"]]);
    assertEquals(of(0, {}), [["example/app:1"]]);
  }
});
