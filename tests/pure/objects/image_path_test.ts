import { assert, assertEquals } from "@std/assert";
import { parseImagePath } from "../../../mod/pure/objects/image_path.ts";
import { readControllerSettings } from "../../../mod/pure/settings/controller_settings.ts";

Deno.test("a path that cannot be read says what is wrong with it", () => {
  for (const text of [".spec[", "{.spec", "$.spec.a b", ".spec[?(@.a]", "{.a}{.b}", "."]) {
    const parsed = parseImagePath(text);
    assert("fault" in parsed, text);
    assert(parsed.fault !== "" && !parsed.fault.includes("\n"), parsed.fault);
  }
});

Deno.test("a field is told with the names and numbers that lead to it", () => {
  const parsed = parseImagePath(".spec.items[1]['a/b']");
  assert("path" in parsed);
  assertEquals(parsed.path({ spec: { items: [{}, { "a/b": "x" }] } }), {
    fields: [{ location: ["spec", "items", 1, "a/b"], value: "x" }],
  });
});

Deno.test("a setting with such a path is a fault that names it, one with a path is taken", () => {
  const read = (kinds: string) => readControllerSettings(["plan", "--kinds", kinds], {});
  const outcome = read("widgets.example.com=.spec[");
  assert(outcome.type === "faults");
  assert(outcome.faults.some((fault) => fault.includes("widgets.example.com=.spec[")));
  const taken = read("widgets.example.com={.spec.images[*].name}");
  assert(taken.type === "settings");
  assertEquals(taken.settings.kinds, ["widgets.example.com={.spec.images[*].name}"]);
});
