import { assert, assertEquals } from "@std/assert";
import { imagesOf, podObject as pod, read } from "./manifest_reading.ts";

const one = (name: string, space?: number) => JSON.stringify(pod(name), null, space);

Deno.test("JSON is read, as an object, a list and a sequence", async () => {
  const items = [pod("a"), pod("b")];
  const list = { apiVersion: "v1", kind: "List", items };
  for (const value of [list, items]) {
    assertEquals((await read(JSON.stringify(value), "a.json")).names, ["a", "b"]);
    assertEquals((await read(JSON.stringify(value, null, 2), "a.yaml")).names, ["a", "b"]);
  }
  assertEquals((await read(one("c"), "a.json")).names, ["c"]);
});

Deno.test("JSON objects are read one after another, whatever is between them", async () => {
  for (const between of ["", " ", "\n", "\r\n", "\n\n\n", "\n---\n", "\n---\n---\n\n"]) {
    for (const space of [0, 2]) {
      const text = ["a", "b", "c"].map((name) => one(name, space)).join(between);
      const { names, faults, leftOut } = await read(text, "a.json");
      assertEquals([names, faults, leftOut], [["a", "b", "c"], [], 0], text);
    }
  }
  const mixed = await read(`${one("a")}\n${one("b")}\n---\n${await yaml("c")}---\n${one("d")}`);
  assertEquals(mixed.names, ["a", "b", "c", "d"]);
});

Deno.test("a key that JSON gives twice is named with its line, and the later one counts", async () => {
  const twice = one("a", 2).replace('"nginx"', '"first:1",\n"image": "second:1"');
  const { observed, warnings, faults } = await read(`${one("x", 2)}\n${twice}`, "a.json");
  assertEquals([imagesOf(observed), faults], [["nginx", "second:1"], []]);
  const line = one("x", 2).split("\n").length +
    twice.split("\n").findIndex((each) => each.startsWith('"image"')) + 1;
  assertEquals(warnings, [
    `a.json:${line}: The key "image" is given twice, and the later one counts`,
  ]);
});

Deno.test("of broken JSON the objects before count, and the fault names its line", async () => {
  for (const broken of ['{"kind": "Pod",\n "apiVersion" "v1"}', '{"a":', "}", ", {}", "oops"]) {
    const text = `${one("a")}\n${one("b", 2)}\n\n${broken}`;
    const { names, faults } = await read(text, "a.json");
    assertEquals(names, ["a", "b"], broken);
    const line = text.split("\n").length;
    assert(faults[0]?.startsWith(`a.json:${line}: Cannot read the JSON: `), `${broken} ${faults}`);
    assertEquals(faults.length, 1);
  }
});

Deno.test("what looks like JSON may be YAML with brackets, comments and commas at the end", async () => {
  for (const text of ['{"apiVersion": "v1", // no\n}', "{apiVersion: v1, kind: Pod}"]) {
    assertEquals((await read(text)).faults, [], text);
  }
  const text = one("a", 2).replace('"kind"', "# why\nkind").replace(/\}$/, ",}");
  assertEquals((await read(text, "a.json")).names, ["a"]);
});

const yaml = async (name: string) => (await import("yaml")).stringify(pod(name));
