import { assert } from "@std/assert";
import fc from "fast-check";
import { hasPodShapedParts } from "../../../mod/pure/objects/pod_shaped_schema.ts";

const TEXT = { type: "string" };

function object(properties: Record<string, unknown>) {
  return { type: "object", properties };
}

/** A pod template's schema as generators of definitions write it, shortened. */
const TEMPLATE = object({
  spec: object({
    containers: { type: "array", items: object({ name: TEXT, image: TEXT }) },
    nodeSelector: { type: "object", additionalProperties: TEXT },
  }),
});

Deno.test("objects whose schema has a pod template, however deep, name images", () => {
  assert(hasPodShapedParts(object({ spec: object({ template: TEMPLATE }) })));
  const groups = { type: "array", items: object({ template: TEMPLATE }) };
  assert(hasPodShapedParts(object({ spec: object({ workerGroupSpecs: groups }) })));
  const byRole = { type: "object", additionalProperties: object({ template: TEMPLATE }) };
  assert(hasPodShapedParts(object({ spec: object({ replicaSpecs: byRole }) })));
  assert(hasPodShapedParts(object({ spec: { oneOf: [object({}), object({ pod: TEMPLATE })] } })));
});

Deno.test("objects with a field `image` that is a text name images", () => {
  assert(hasPodShapedParts(object({ spec: object({ image: TEXT }) })));
  assert(hasPodShapedParts(object({ image: TEXT })));
});

Deno.test("an image that is described by fields of its own is none of a container", () => {
  assert(!hasPodShapedParts(object({ spec: object({ image: object({ ami: TEXT }) }) })));
});

Deno.test("what a status reports does not count, nor do metadata and parts without a schema", () => {
  assert(!hasPodShapedParts(object({ status: object({ image: TEXT }) })));
  assert(!hasPodShapedParts(object({ metadata: object({ image: TEXT }) })));
  const open = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  assert(!hasPodShapedParts(object({ spec: object({ template: open }) })));
  assert(!hasPodShapedParts(open));
});

Deno.test("a field that is called `properties` is a field like others", () => {
  assert(hasPodShapedParts(object({ spec: object({ properties: object({ image: TEXT }) }) })));
  assert(!hasPodShapedParts(object({ spec: object({ properties: TEXT }) })));
});

Deno.test("a schema of any size and depth is looked at in little time", () => {
  const wide = Object.fromEntries(Array.from({ length: 200_000 }, (_, i) => [`f${i}`, TEXT]));
  assert(!hasPodShapedParts(object(wide)));
  let deep: unknown = TEXT;
  for (let i = 0; i < 200_000; i++) deep = { items: deep };
  assert(!hasPodShapedParts(object({ spec: deep })));
});

Deno.test("any value is looked at without an error", () => {
  fc.assert(fc.property(fc.anything(), (value) => {
    hasPodShapedParts(value);
    hasPodShapedParts({ properties: { spec: value } });
  }));
});
