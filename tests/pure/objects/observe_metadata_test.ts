import { assertEquals } from "@std/assert";
import { metadataOf, nameFaults } from "../../../mod/pure/objects/observe_metadata.ts";

Deno.test("a name or namespace that YAML makes no text of is a fault, and is read all the same", () => {
  const raw = { metadata: { name: 8, namespace: true } };
  const { name, namespace } = metadataOf(raw);
  assertEquals([namespace, name], ["true", "8"]);
  assertEquals(nameFaults(raw), [
    { field: "metadata.name", value: "8", why: "it is not a text" },
    { field: "metadata.namespace", value: "true", why: "it is not a text" },
  ]);
});

Deno.test("a name has to be given, or generated; a namespace has not", () => {
  assertEquals(nameFaults({ metadata: { name: "web" } }), []);
  assertEquals(nameFaults({ metadata: { generateName: "web-" } }), []);
  assertEquals(nameFaults({}).map(({ field, why }) => `${field}: ${why}`), [
    "metadata.name: it is missing",
  ]);
});
