import { assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Placement, PodShape, Want } from "../../../mod/pure/objects/observed.ts";
import { mayBeOf, sameShape, withChange } from "../../../mod/pure/wants/shape_change.ts";

function shape(images: Readonly<Record<string, string>>, placement: Placement = {}): PodShape {
  const wants = Object.entries(images).map(([container, reference]): Want => ({
    written: reference,
    reference,
    container,
  }));
  return { wants, placement, pullSecrets: [] };
}

function imagesOf({ wants }: PodShape): Record<string, string> {
  return Object.fromEntries(wants.map(({ container, reference }) => [container, reference]));
}

/** What is expected of `next`, when pods of `template` were `pod`. */
function expected(template: PodShape, pod: PodShape, next: PodShape): Record<string, string> {
  return imagesOf(withChange({ template, pod }, next));
}

const A = shape({ main: "docker.io/library/a:1" });

Deno.test("pods of the same template ask for the same", () => {
  const pod = shape({ main: "mirror.example/a:1", proxy: "mesh.example/proxy:1" });
  assertEquals(withChange({ template: A, pod }, A), pod);
});

Deno.test("a registry that was rewritten is rewritten for every image below it, and for no other", () => {
  const next = shape({
    main: "docker.io/library/a:2",
    other: "docker.io/team/b:1",
    foreign: "quay.io/c:1",
  });
  assertEquals(expected(A, shape({ main: "mirror.example/hub/library/a:1" }), next), {
    main: "mirror.example/hub/library/a:2",
    other: "mirror.example/hub/team/b:1",
    foreign: "quay.io/c:1",
  });
});

Deno.test("an image that was pinned to a digest is expected as its template names it next", () => {
  const pinned = shape({ main: `docker.io/library/a@sha256:${"0".repeat(64)}` });
  const next = shape({ main: "docker.io/library/a:2" });
  assertEquals(expected(A, pinned, next), imagesOf(next));
});

Deno.test("a container that was taken away stays away, one that was added is added once", () => {
  const template = shape({ main: "reg.example/a:1", agent: "reg.example/agent:1" });
  const pod = shape({ main: "reg.example/a:1", proxy: "mesh.example/proxy:1" });
  const next = shape({ main: "reg.example/a:2", agent: "reg.example/agent:2" });
  assertEquals(expected(template, pod, next), {
    main: "reg.example/a:2",
    proxy: "mesh.example/proxy:1",
  });
  const own = shape({ main: "reg.example/a:2", proxy: "own.example/proxy:9" });
  assertEquals(expected(template, pod, own), imagesOf(own));
});

Deno.test("what was added to where pods may run is added to the next placement", () => {
  const [gpu, team] = [{ key: "gpu", operator: "Exists" }, { key: "team", operator: "Exists" }];
  const template = shape({ main: "a/b:1" }, { nodeSelector: { disk: "ssd" }, tolerations: [gpu] });
  const pod = shape({ main: "a/b:1" }, {
    nodeSelector: { disk: "ssd", pool: "team" },
    tolerations: [gpu, team],
  });
  const next = shape({ main: "a/b:2" }, { nodeSelector: { zone: "a" } });
  assertEquals(withChange({ template, pod }, next).placement, {
    nodeSelector: { pool: "team", zone: "a" },
    tolerations: [team],
  });
});

Deno.test("a pod may be of a template whose images are called the same, wherever they are from", () => {
  assertEquals(mayBeOf(shape({ main: "mirror.example/a:1", proxy: "p/p:1" }), A), true);
  assertEquals(mayBeOf(shape({ main: "docker.io/library/a:2" }), A), false);
  assertEquals(mayBeOf(shape({ other: "docker.io/library/a:1" }), A), false);
});

Deno.test("without a change everything is expected as the template says", () => {
  const name = fc.constantFrom("a", "b", "c", "d");
  const image = fc.tuple(fc.constantFrom("r.example", "docker.io"), name, name)
    .map(([registry, path, tag]) => `${registry}/${path}:${tag}`);
  const shapes = fc.dictionary(name, image, { noNullPrototype: true }).map((each) => shape(each));
  fc.assert(fc.property(shapes, shapes, (template, next) => {
    assertEquals(sameShape(withChange({ template, pod: template }, next), next), true);
  }));
});
