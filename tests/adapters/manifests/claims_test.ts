import { assert, assertEquals } from "@std/assert";
import { read } from "./manifest_reading.ts";

Deno.test("other YAML is counted, however it looks, and is no fault", async () => {
  const texts = [
    "replicas: 1\nimage: { tag: x }\n",
    "hello world\n",
    "- hosts: all\n  tasks: [{ name: x }]\n",
    "apiVersion: v2\nname: chart\nversion: 1.0.0\n",
    "kind: pipeline\ntype: docker\nsteps: []\n",
    '{ "panels": [], "title": "x" }',
    "image: {{ .Values.image }}\n",
    "kind: [\n",
    "target:\n  apiVersion: apps/v1\n  kind: Deployment\nbroken: [\n",
    "42\n",
    "- 1\n- [2, 3]\n- {}\n",
  ];
  for (const text of texts) {
    const { names, faults, leftOut } = await read(text);
    assertEquals([names, faults, leftOut], [[], [], 1], text);
  }
});

Deno.test("what claims to be an object and cannot be read is a fault, in any form", async () => {
  const texts = [
    "apiVersion: v1\nkind: Pod\n  bad: 1\n",
    "kind: Pod\napiVersion: v1\nspec: [\n",
    '"apiVersion": v1\n"kind": Pod\nspec: [\n',
    "- apiVersion: v1\n  kind: Pod\n  spec: [\n",
    '{"apiVersion":"v1","kind":"Pod","spec":',
    "{apiVersion: v1, kind: Pod, spec: [}",
    '{\n  "kind": "Pod",\n  "apiVersion": "v1"\n  "spec": 1\n}',
    "# c\napiVersion: v1\nkind: Pod\nspec:\n  {{- toYaml .x }}\n  b: c: d\n",
  ];
  for (const text of texts) {
    const { names, faults, leftOut } = await read(text);
    assertEquals([names, faults.length, leftOut], [[], 1, 0], text);
  }
});

Deno.test("what would be an object is named for what is missing", async () => {
  const faultsOf = async (text: string) => (await read(text)).faults;
  assertEquals(await faultsOf("\n# x\nkind: Pod\nspec: {}\n"), [
    'a.yaml:3: It is no Kubernetes object: "apiVersion" missing',
  ]);
  assertEquals(await faultsOf("apiVersion: 1\nkind: Pod\nmetadata: {}\n"), [
    'a.yaml:1: It is no Kubernetes object: "apiVersion" "1" is no text',
  ]);
  assertEquals(await faultsOf("- 1\n- apiVersion: v1\n  metadata: {}\n"), [
    'a.yaml:1: Item 1: It is no Kubernetes object: "kind" missing',
  ]);
  const list = "apiVersion: v1\nkind: List\nitems:\n- a: 1\n- apiVersion: v1\n  kind: Pod\n";
  const { names, faults, leftOut } = await read(list);
  assertEquals([names, faults, leftOut], [
    [""],
    ["a.yaml:1: Item 0: It is no Kubernetes object"],
    0,
  ]);
});

Deno.test("metadata of any shape is read", async () => {
  for (const metadata of ["[]", "null", "text", "{ namespace: [] }", "{ name: 1 }"]) {
    const text = `apiVersion: v1\nkind: Pod\nmetadata: ${metadata}\nspec: { containers: [] }\n`;
    const { observed, faults } = await read(text, "a.yaml", "shop");
    assert(observed[0]?.type === "workload", text);
    assertEquals([observed[0].workload.namespace, faults], ["shop", []], text);
  }
});
