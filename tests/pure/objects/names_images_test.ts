import { assertEquals } from "@std/assert";
import { namesImages } from "../../../mod/pure/objects/names_images.ts";

const POD = { containers: [{ name: "c", image: "a:1" }] };
const SKIPPED = { metadata: { annotations: { "warm-images/skip": "true" } } };

type Fields = Readonly<Record<string, unknown>>;
const CASES: readonly (readonly [string, string, string, Fields, boolean])[] = [
  ["a kind of Kubernetes", "apps", "Deployment", { spec: { template: { spec: POD } } }, true],
  ["a pod", "", "Pod", { spec: POD }, true],
  ["a pod that something made", "", "Pod", {
    metadata: { ownerReferences: [{ kind: "Job", name: "j", controller: true }] },
    spec: POD,
  }, true],
  ["a pod that has ended", "", "Pod", { spec: POD, status: { phase: "Succeeded" } }, false],
  ["a known kind without anything like a pod", "monitoring.coreos.com", "Prometheus", {
    spec: { image: "a:1" },
  }, true],
  ["a kind that nobody knows", "x.io", "Foo", { spec: { worker: { template: POD } } }, true],
  ["one without images", "x.io", "Foo", { spec: { size: 3 } }, false],
  ["one that asks to be skipped", "x.io", "Foo", { ...SKIPPED, spec: POD }, false],
  [
    "one whose template does",
    "x.io",
    "Foo",
    { spec: { template: { ...SKIPPED, spec: POD } } },
    false,
  ],
  ["a ConfigMap that is no list", "", "ConfigMap", { data: { images: "a:1" } }, false],
];
for (const [what, group, kind, object, names] of CASES) {
  Deno.test(`an object of a kind that is not followed ${names ? "" : "does not "}name images: ${what}`, () => {
    assertEquals(namesImages(object, { group, kind }), names);
  });
}
