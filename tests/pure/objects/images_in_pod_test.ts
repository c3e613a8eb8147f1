import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { imagesInPod } from "../../../mod/pure/objects/images_in_pod.ts";

Deno.test("images of all containers and of image volumes are found", () => {
  const { wants, faults } = imagesInPod({
    initContainers: [{ name: "once", image: "a" }, { image: "b:1", restartPolicy: "Always" }],
    containers: [{ image: "c" }],
    ephemeralContainers: [{ image: "ghcr.io/d/e:2" }],
    volumes: [{ name: "x", emptyDir: {} }, { image: { reference: "quay.io/f/g:3" } }],
  }, "spec");
  assertEquals(faults, []);
  assertEquals(wants, [
    { written: "a", reference: "docker.io/library/a:latest" },
    { written: "b:1", reference: "docker.io/library/b:1" },
    { written: "c", reference: "docker.io/library/c:latest" },
    { written: "ghcr.io/d/e:2", reference: "ghcr.io/d/e:2" },
    { written: "quay.io/f/g:3", reference: "quay.io/f/g:3" },
  ]);
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
