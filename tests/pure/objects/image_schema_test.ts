import { assert } from "@std/assert";
import fc from "fast-check";
import { mayNameImages } from "../../../mod/pure/objects/image_schema.ts";

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
  assert(mayNameImages(object({ spec: object({ template: TEMPLATE }) })));
  const groups = { type: "array", items: object({ template: TEMPLATE }) };
  assert(mayNameImages(object({ spec: object({ workerGroupSpecs: groups }) })));
  const byRole = { type: "object", additionalProperties: object({ template: TEMPLATE }) };
  assert(mayNameImages(object({ spec: object({ replicaSpecs: byRole }) })));
  assert(mayNameImages(object({ spec: { oneOf: [object({}), object({ pod: TEMPLATE })] } })));
});

Deno.test("objects with a field `image` that is a text name images", () => {
  assert(mayNameImages(object({ spec: object({ image: TEXT }) })));
  assert(mayNameImages(object({ image: TEXT })));
});

Deno.test("an image that is described by fields of its own is none of a container", () => {
  assert(!mayNameImages(object({ spec: object({ image: object({ ami: TEXT }) }) })));
});

Deno.test("what a status reports does not count, nor do metadata and parts without a schema", () => {
  assert(!mayNameImages(object({ status: object({ image: TEXT }) })));
  assert(!mayNameImages(object({ metadata: object({ image: TEXT }) })));
  const open = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  assert(!mayNameImages(object({ spec: object({ template: open }) })));
  assert(!mayNameImages(open));
});

Deno.test("a field that is called `properties` is a field like others", () => {
  assert(mayNameImages(object({ spec: object({ properties: object({ image: TEXT }) }) })));
  assert(!mayNameImages(object({ spec: object({ properties: TEXT }) })));
});

Deno.test("a schema of any size and depth is looked at in little time", () => {
  const wide = Object.fromEntries(Array.from({ length: 200_000 }, (_, i) => [`f${i}`, TEXT]));
  assert(!mayNameImages(object(wide)));
  let deep: unknown = TEXT;
  for (let i = 0; i < 200_000; i++) deep = { items: deep };
  assert(!mayNameImages(object({ spec: deep })));
});

Deno.test("any value is looked at without an error", () => {
  fc.assert(fc.property(fc.anything(), (value) => {
    mayNameImages(value);
    mayNameImages({ properties: { spec: value } });
  }));
});
