import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { imagesInPod } from "../../../mod/pure/objects/images_in_pod.ts";

Deno.test("images of all containers and of image volumes are found", () => {
  const { wants, faults } = imagesInPod({
    initContainers: [{ name: "once", image: "a" }, { image: "b:1", restartPolicy: "Always" }],
    containers: [{ name: "main", image: "c:1", imagePullPolicy: "Always" }],
    ephemeralContainers: [{ image: "ghcr.io/d/e:2" }],
    volumes: [{ name: "x", emptyDir: {} }, { name: "y", image: { reference: "quay.io/f/g:3" } }],
  }, "spec");
  assertEquals(faults, []);
  assertEquals(wants, [
    {
      written: "a",
      reference: "docker.io/library/a:latest",
      container: "once",
      refresh: true as const,
    },
    { written: "b:1", reference: "docker.io/library/b:1", container: "" },
    {
      written: "c:1",
      reference: "docker.io/library/c:1",
      container: "main",
      refresh: true as const,
    },
    { written: "ghcr.io/d/e:2", reference: "ghcr.io/d/e:2", container: "" },
    { written: "quay.io/f/g:3", reference: "quay.io/f/g:3", container: "volumes/y" },
  ]);
});

Deno.test("an image that may not be pulled is not found, in whatever list of the pod it is", () => {
  const imagePullPolicy = "Never";
  const { wants, faults } = imagesInPod({
    initContainers: [{ image: "init:dev", imagePullPolicy }],
    containers: [{ image: "local:dev", imagePullPolicy }, { image: "other:1" }],
    ephemeralContainers: [{ image: "debug:dev", imagePullPolicy }],
    volumes: [{ image: { reference: "loaded:1", pullPolicy: "Never" } }],
  }, "spec");
  assertEquals([wants.map(({ written }) => written), faults], [["other:1"], []]);
});

Deno.test("a word that stands for what a webhook will put there is no image", () => {
  const spec = { initContainers: [{ image: "auto" }], containers: [{ image: "auto" }] };
  assertEquals(imagesInPod(spec, "spec"), { wants: [], faults: [] });
});

Deno.test("kubelet asks the registry anew for :latest and Always, unless another policy is named", () => {
  const refresh = (container: Record<string, unknown>) =>
    imagesInPod({ containers: [container] }, "spec").wants[0]?.refresh ?? false;
  const digest = `a@sha256:${"0".repeat(64)}`;
  assertEquals(refresh({ image: "a" }), true);
  assertEquals(refresh({ image: "a:latest" }), true);
  assertEquals(refresh({ image: "a:1", imagePullPolicy: "Always" }), true);
  assertEquals(refresh({ image: "a", imagePullPolicy: "IfNotPresent" }), false);
  assertEquals([refresh({ image: "a:1" }), refresh({ image: digest })], [false, false]);
});

Deno.test("a faulty image is named by its field, and the others still count", () => {
  const { wants, faults } = imagesInPod({
    containers: [{ image: "Bad" }, { image: "good" }, { name: "none" }, { image: ["a"] }, 7],
    volumes: [{ image: {} }, { image: { reference: "a b" } }],
  }, "spec.template.spec");
  assertEquals(wants.map((want) => want.written), ["good"]);
  assertEquals(faults.map(({ field, value, why }) => [field, value, why]), [
    ["spec.template.spec.containers[0].image", "Bad", "repository name must be lowercase"],
    ["spec.template.spec.containers[2].image", "", "it is missing"],
    ["spec.template.spec.containers[3].image", "[…]", "it is not a text"],
    ["spec.template.spec.containers[4].image", "", "it is missing"],
    ["spec.template.spec.volumes[1].image.reference", "a b", "it contains white space"],
  ]);
});

Deno.test("a very long faulty image is shortened", () => {
  const { faults } = imagesInPod({ containers: [{ image: "a".repeat(100_000) }] }, "spec");
  assertEquals(faults[0]?.value.length, 201);
});

Deno.test("a specification that is missing is a fault", () => {
  const faults = [{ field: "spec", value: "", why: "it is not an object" }];
  assertEquals(imagesInPod(undefined, "spec"), { wants: [], faults });
});

Deno.test("containers that are no list are a fault: a dash is missing before the first", () => {
  const spec = { containers: { name: "c", image: "a:1" }, initContainers: null, volumes: "x" };
  assertEquals(imagesInPod(spec, "spec"), {
    wants: [],
    faults: [
      { field: "spec.containers", value: "{…}", why: "it is not a list" },
      { field: "spec.volumes", value: "x", why: "it is not a list" },
    ],
  });
});

Deno.test("any shape of a specification is read without an error", () => {
  const shape = fc.record({
    initContainers: fc.anything(),
    containers: fc.oneof(fc.anything(), fc.array(fc.record({ image: fc.anything() }))),
    volumes: fc.oneof(fc.anything(), fc.array(fc.record({ image: fc.anything() }))),
  });
  fc.assert(fc.property(fc.oneof(fc.anything(), shape), (spec) => {
    imagesInPod(spec, "spec");
  }));
});
