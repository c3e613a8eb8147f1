import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { stringify } from "yaml";
import { parseYaml } from "../../../mod/adapters/manifests/parse_yaml.ts";
import { splitDocuments, splitList } from "../../../mod/adapters/manifests/split_documents.ts";
import { imagesOf, podObject as pod, read } from "./manifest_reading.ts";

const yamlOf = (...objects: unknown[]) => objects.map((object) => stringify(object)).join("---\n");

Deno.test("a manifest of many documents gives all of them", async () => {
  const text = `# first\n---\n${yamlOf(pod("a"), pod("b"))}---\n# nothing\n--- # c\n` +
    `${stringify(pod("c"))}...\n---\n`;
  for (const breaks of ["\n", "\r\n", "\r\r\n"]) {
    const { names, faults, leftOut } = await read(text.replaceAll("\n", breaks));
    assertEquals([names, faults, leftOut], [["a", "b", "c"], [], 0]);
  }
});

Deno.test("empty manifests and comments hold nothing and are no fault", async () => {
  for (const text of ["", "\n\n", "---\n", "# only\n---\n# words\n", "%YAML 1.2\n---\n"]) {
    const { names, faults, leftOut } = await read(text);
    assertEquals([names, faults, leftOut], [[], [], 0], JSON.stringify(text));
  }
});

Deno.test("items of a typed list have the kind of their list", async () => {
  const { kind: _, apiVersion: __, ...bare } = pod("a");
  const text = stringify({ apiVersion: "v1", kind: "PodList", items: [bare] });
  assertEquals((await read(text)).names, ["a"]);
});

Deno.test("lists in lists are read, but not without end", async () => {
  const nest = (depth: number): unknown =>
    depth === 0 ? pod("a") : { apiVersion: "v1", kind: "List", items: [nest(depth - 1)] };
  assertEquals((await read(stringify(nest(3)))).names, ["a"]);
  assertEquals((await read(stringify(nest(9)))).faults, ["a.yaml:1: Lists are nested too deep"]);
});

Deno.test("a broken document is named by file and line, and the others count", async () => {
  const { names, faults } = await read(
    `${stringify(pod("a"))}---\napiVersion: v1\nkind: Pod\n  bad: 1\n---\n` +
      stringify(pod("b")),
  );
  assertEquals(names, ["a", "b"]);
  const before = stringify(pod("a")).split("\n").length;
  assertEquals(faults.length, 1);
  assert(faults[0]?.startsWith(`a.yaml:${before + 2}: Cannot read the YAML: `), faults[0]);
});

Deno.test("anchors and merge keys are followed, a bomb of them is refused", async () => {
  const text = `apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec:\n` +
    `  initContainers: [&c { image: nginx }]\n  containers:\n  - <<: *c\n    name: b\n`;
  assertEquals(imagesOf((await read(text)).observed), ["nginx", "nginx"]);
  const levels = Array.from(
    { length: 9 },
    (_, i) => `l${i + 1}: &l${i + 1} [${Array(9).fill(`*l${i}`).join(", ")}]`,
  );
  const head = "apiVersion: v1\nkind: Pod\nl0: &l0 [x]\n";
  const bomb = await read(`${head}${levels.join("\n")}\n`);
  assertEquals(bomb.names, []);
  assert(bomb.faults[0]?.includes("Aliases make it far too large"), bomb.faults[0]);
});

Deno.test("a file full of faults names a hundred of them", async () => {
  const { faults } = await read("kind: Pod\nspec: 1\n---\n".repeat(500));
  assertEquals(faults.length, 101);
  assertEquals(faults.at(-1), "a.yaml: more faults are not shown");
});

Deno.test("a large list is read item by item, and a broken item spares the others", async () => {
  const items = Array.from({ length: 3000 }, (_, index) => pod(`pod-${index}`, `image-${index}`));
  const text = stringify({ apiVersion: "v1", items, kind: "List", metadata: {} });
  assert(text.length > 256 * 1024);
  const broken = text.replace("    name: pod-7\n", "    name: pod-7\n   oops\n");
  const { names, faults } = await read(broken);
  assertEquals(names.length, 2999);
  assertEquals(faults.length, 1);
  const line = Number(/^a\.yaml:(\d+):/.exec(faults[0] ?? "")?.[1]);
  const expected = broken.split("\n").indexOf("   oops") + 1;
  assert(Math.abs(line - expected) <= 1, `${faults[0]}, expected about line ${expected}`);
});

Deno.test("splitting a list gives what parsing it whole gives", () => {
  const leaf = fc.oneof(
    // The writer leaves `-_0` without quotes, which is a number to Kubernetes.
    fc.string().filter((text) => !/^[-+.0-9].*_/s.test(text)),
    fc.constantFrom("a\n- b\n", "- x", "# no", "items:\n- a", "a: b\n\n  c", "---", "..."),
    fc.integer(),
    fc.array(fc.constantFrom("- a", "b")),
  );
  const items = fc.array(
    fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), leaf, {
      minKeys: 1,
      noNullPrototype: true,
    }),
    {
      minLength: 1,
    },
  );
  const layout = fc.record({ indentSeq: fc.boolean(), lineWidth: fc.constantFrom(0, 20, 80) });
  fc.assert(fc.property(items, layout, (items, layout) => {
    const text = stringify({ apiVersion: "v1", items, kind: "List" }, {
      ...layout,
      version: "1.1",
    });
    const list = splitList({ text, line: 1 });
    if (!list) return;
    const values = list.items.flatMap((item) => {
      const parsed = parseYaml(item);
      assert("value" in parsed, `${JSON.stringify(item.text)} in ${JSON.stringify(text)}`);
      return parsed.value;
    });
    assertEquals(values, items);
    const head = parseYaml(list.head);
    assert("value" in head);
    assertEquals(head.value, { apiVersion: "v1", items: [], kind: "List" });
    for (const item of list.items) assert(text.split("\n")[item.line - 1]?.trim().startsWith("-"));
  }));
});

Deno.test("lists that share anchors, or are written in one line, are not split", () => {
  const texts = ["items:\n- a: &x\n    b: 1\n- *x\n", "items: [{ a: 1 }]\n", "items: []\n"];
  for (const text of texts) assertEquals(splitList({ text, line: 1 }), undefined, text);
});

Deno.test("any text is split into documents without loss of lines", () => {
  const parts = fc.constantFrom("---", "...", "\n", "a: 1", " ", "# c", "\r\n", "%YAML", "--- x");
  fc.assert(fc.property(fc.array(parts), (list) => {
    const text = list.join("");
    for (const piece of splitDocuments(text)) {
      const rest = text.split("\n").slice(piece.line - 1).join("\n");
      assert(rest.includes(piece.text), JSON.stringify([text, piece]));
    }
  }));
});

Deno.test("a large list of texts in quotes that reach low is read item by item", async () => {
  const list = (args: string) => {
    const item = (index: number) =>
      stringify([{ ...pod(`pod-${index}`), filler: "x".repeat(1000), args: ["ARGS"] }])
        .replace("ARGS", args);
    return `apiVersion: v1\nitems:\n${Array.from({ length: 300 }, (_, i) => item(i)).join("")}` +
      `kind: PodList\nmetadata: {}\n`;
  };
  // The last of them looks like a key of the list, so that it is read as a whole.
  for (const args of ['"a\nb\n c"', '"a\n- b"', "'a\n\n# b'", "[a,\nb\n]", '"a\nb: c"']) {
    const { names, faults } = await read(list(args));
    assertEquals([names.length, faults], [300, []], args);
  }
});
