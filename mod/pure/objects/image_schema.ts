import { fieldsOf, isFields, itemsOf } from "./raw_value.ts";

/**
 * Whether objects of this schema may name images of containers: a field `image` of type string,
 * alone or in the containers of a pod-shaped part. `schema` is what a CustomResourceDefinition has
 * in `spec.versions[].schema.openAPIV3Schema`
 * (https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema).
 * What an object reports in `status` counts no more than parts that have no schema
 * (`x-kubernetes-preserve-unknown-fields`). Looks at `MAX_PARTS` parts at most; never throws.
 */
export function mayNameImages(schema: unknown): boolean {
  const { metadata: _, status: __, ...own } = fieldsOf(fieldsOf(schema)["properties"]);
  // The fewest steps lead to `spec.image`; whole pod templates are large and deep.
  const parts: unknown[] = [{ properties: own }];
  for (let seen = 0; seen < parts.length && seen < MAX_PARTS; seen++) {
    const part = parts[seen];
    if (namesImage(part)) return true;
    for (const each of partsOf(part)) parts.push(each);
  }
  return false;
}

/** The largest public definitions have some ten thousand parts. */
const MAX_PARTS = 100_000;

function namesImage(schema: unknown): boolean {
  return fieldsOf(fieldsOf(fieldsOf(schema)["properties"])["image"])["type"] === "string";
}

/** Schemas right within a schema. */
function* partsOf(schema: unknown): Generator<unknown> {
  const { properties, items, additionalProperties, allOf, anyOf, oneOf } = fieldsOf(schema);
  yield* Object.values(fieldsOf(properties));
  for (const each of [items, additionalProperties]) if (isFields(each)) yield each;
  for (const list of [allOf, anyOf, oneOf]) yield* itemsOf(list);
}
