import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { stringify } from "yaml";
import { mergeObjects } from "../../../mod/adapters/manifests/merge_objects.ts";
import { parseManifest } from "../../../mod/adapters/manifests/parse_manifest.ts";
import { parseYaml } from "../../../mod/adapters/manifests/parse_yaml.ts";
import { splitDocuments, splitList } from "../../../mod/adapters/manifests/split_documents.ts";
import { KindChoice } from "../../../mod/pure/objects/kind_choice.ts";
import { whatItLeaves } from "../../../mod/pure/objects/what_it_leaves.ts";
import type { Observed } from "../../../mod/pure/objects/observed.ts";

const pod = (name: string, image = "nginx") => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name },
  spec: { containers: [{ image }] },
});

async function read(text: string, name = "a.yaml") {
  const signal = AbortSignal.timeout(60_000);
  const { observed, faults } = await parseManifest(text, name, { signal, observe });
  return { names: observed.map(nameOf), faults };
}

function nameOf(observed: Observed): string {
  if (observed.type === "workload") return observed.workload.name;
  return observed.type === "node" ? observed.node.name : observed.type;
}

/** Observes as the source does. */
function observe(raw: Readonly<Record<string, unknown>>): Observed | undefined {
  const kind = KINDS.ofObject(String(raw["apiVersion"]), String(raw["kind"]));
  return kind && whatItLeaves(raw, kind);
}

const KINDS = new KindChoice(["auto"]);

const yamlOf = (...objects: unknown[]) => objects.map((object) => stringify(object)).join("---\n");

Deno.test("a manifest of many documents gives all of them", async () => {
  const text = `# first\n---\n${yamlOf(pod("a"), pod("b"))}---\n# nothing\n--- # c\n` +
    `${stringify(pod("c"))}...\n---\n`;
  assertEquals(await read(text), { names: ["a", "b", "c"], faults: [] });
  assertEquals(await read(text.replaceAll("\n", "\r\n")), { names: ["a", "b", "c"], faults: [] });
});

Deno.test("empty manifests and comments hold nothing and are no fault", async () => {
  for (const text of ["", "\n\n", "---\n", "# only\n---\n# words\n", "%YAML 1.2\n---\n"]) {
    assertEquals(await read(text), { names: [], faults: [] }, JSON.stringify(text));
  }
});

Deno.test("JSON is read, as an object, a list and a sequence", async () => {
  const items = [pod("a"), pod("b")];
  const list = { apiVersion: "v1", kind: "List", items };
  for (const value of [list, items]) {
    assertEquals((await read(JSON.stringify(value), "a.json")).names, ["a", "b"]);
    assertEquals((await read(JSON.stringify(value, null, 2), "a.yaml")).names, ["a", "b"]);
  }
  assertEquals((await read(JSON.stringify(pod("c")), "a.json")).names, ["c"]);
});

Deno.test("items of a typed list have the kind of their list", async () => {
  const { kind: _, apiVersion: __, ...bare } = pod("a");
  const text = stringify({ apiVersion: "v1", kind: "PodList", items: [bare] });
  assertEquals(await read(text), { names: ["a"], faults: [] });
});

Deno.test("lists in lists are read, but not without end", async () => {
  const nest = (depth: number): unknown =>
    depth === 0 ? pod("a") : { apiVersion: "v1", kind: "List", items: [nest(depth - 1)] };
  assertEquals((await read(stringify(nest(3)))).names, ["a"]);
  assertEquals((await read(stringify(nest(9)))).faults, ["a.yaml:1: Lists are nested too deep"]);
});

Deno.test("a broken document is named by file and line, and the others count", async () => {
  const { names, faults } = await read(
    `${stringify(pod("a"))}---\nkind: Pod\n  bad: 1\n---\n` +
      stringify(pod("b")),
  );
  assertEquals(names, ["a", "b"]);
  const before = stringify(pod("a")).split("\n").length;
  assertEquals(faults.length, 1);
  assert(faults[0]?.startsWith(`a.yaml:${before + 1}: Cannot read the YAML: `), faults[0]);
});

Deno.test("broken JSON is named by file and line", async () => {
  const { faults } = await read('{\n  "kind": "Pod",\n  oops\n}', "a.json");
  assert(faults[0]?.startsWith("a.json:3: Cannot read the JSON: "), faults[0]);
});

Deno.test("what is no object is named for what it is", async () => {
  const faultsOf = async (text: string) => (await read(text)).faults;
  assertEquals(await faultsOf("\n# x\nhello world\n"), [
    'a.yaml:3: It is no Kubernetes object but the text "hello world"',
  ]);
  assertEquals(await faultsOf("replicas: 1\n"), [
    'a.yaml:1: It is no Kubernetes object: "apiVersion" and "kind" missing',
  ]);
  assertEquals(await faultsOf("- 1\n- apiVersion: v1\n  kind: Pod\n"), [
    'a.yaml:1: Item 0: It is no Kubernetes object but the text "1"',
  ]);
  for (const text of ["image: {{ .Values.image }}\n", "{{- if .Values.x }}\na: 1\n{{- end }}\n"]) {
    const [fault] = await faultsOf(text);
    assert(fault?.endsWith("It is a template that nothing has filled in (see helm template)"));
  }
});

Deno.test("anchors and merge keys are followed, a bomb of them is refused", async () => {
  const text = `apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec:\n` +
    `  initContainers: [&c { image: nginx }]\n  containers:\n  - <<: *c\n    name: b\n`;
  const { observed } = await parseManifest(text, "a", {
    signal: AbortSignal.timeout(60_000),
    observe,
  });
  assert(observed[0]?.type === "workload");
  assertEquals(observed[0].workload.shapes[0]?.wants.length, 2);
  const levels = Array.from(
    { length: 9 },
    (_, i) => `l${i + 1}: &l${i + 1} [${Array(9).fill(`*l${i}`).join(", ")}]`,
  );
  const bomb = await read(`l0: &l0 [x]\n${levels.join("\n")}\n`);
  assertEquals(bomb.names, []);
  assert(bomb.faults[0]?.includes("Excessive alias count"), bomb.faults[0]);
});

Deno.test("a file full of faults names a hundred of them", async () => {
  const { faults } = await read("a: 1\n---\n".repeat(500));
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
    fc.string(),
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
    const text = stringify({ apiVersion: "v1", items, kind: "List" }, layout);
    const list = splitList({ text, line: 1 });
    if (!list) return;
    const values = list.items.flatMap((item) => {
      const parsed = parseYaml(item);
      assert("value" in parsed, `${JSON.stringify(item.text)} in ${JSON.stringify(text)}`);
      return parsed.value;
    });
    assertEquals(values, items);
    const head = parseYaml({ text: list.head, line: 1 });
    assertEquals<unknown>(head, { value: { apiVersion: "v1", items: [], kind: "List" } });
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

Deno.test("of objects that come twice the last one counts, and both places are named", () => {
  const observed = (image: string): Observed => ({
    type: "workload",
    workload: {
      kind: "Pod",
      namespace: "x",
      name: "a",
      skip: false,
      shapes: [{
        wants: [{ written: image, reference: image, container: "" }],
        placement: {},
        pullSecrets: [],
      }],
      faults: [],
    },
  });
  const namespace: Observed = { type: "namespace", namespace: { name: "x", skip: false } };
  const merged = mergeObjects([
    { file: "1.yaml", object: observed("old") },
    { file: "1.yaml", object: namespace },
    { file: "2.yaml", object: observed("new") },
  ]);
  assertEquals(merged.duplicates, ['Pod x/a is in "1.yaml" and again in "2.yaml"']);
  assertEquals(merged.records, [namespace, observed("new")]);
});
