import { assert, assertEquals } from "@std/assert";
import { manifestValues } from "../../../mod/adapters/manifests/manifest_values.ts";
import file from "./reader_vectors.json" with { type: "json" };

/** What was read, what of it was no value. */
function valuesOf(text: string) {
  const parts = [...manifestValues(text, "a.yaml")];
  return {
    values: parts.flatMap((part) => part.type === "value" && part.value !== null ? part.value : []),
    faults: parts.filter((part) => part.type === "fault"),
    warnings: parts.filter((part) => part.type === "warning"),
  };
}

for (const [title, vectors] of Object.entries(file.vectors)) {
  Deno.test(`manifests are read as Kubernetes' own reader does: ${title}`, () => {
    for (const vector of vectors as { input: string; values?: unknown[] }[]) {
      const shown = JSON.stringify(vector.input);
      const parts = [...manifestValues(vector.input, "a.yaml")];
      const faults = parts.filter(({ type }) => type === "fault");
      assertEquals(faults.length > 0, vector.values === undefined, shown);
      if (vector.values === undefined) continue;
      const values = parts.filter((part) => part.type === "value").map(({ value }) => value);
      assertEquals(values.filter((value) => value !== null), vector.values, shown);
    }
  });
}

Deno.test("what kubectl gives up on is read further", () => {
  const cases = {
    '{"a":1}\n---\n{"b":2}\n{"c":3}\n': [{ a: 1 }, { b: 2 }, { c: 3 }],
    '{"a":1}\n{"b":2}\n---\nc: 3\n': [{ a: 1 }, { b: 2 }, { c: 3 }],
    "a: 1\n--- {b: 2}\n": [{ a: 1 }, { b: 2 }],
    "%YAML 1.1\n---\na: yes\n": [{ a: true }],
    "a: [\n\tb\n\t]\n": [{ a: ["b"] }],
    "---\n\uFEFFa: 1\n": [{ a: 1 }],
  };
  for (const [text, values] of Object.entries(cases)) {
    assertEquals(valuesOf(text), { values, faults: [], warnings: [] }, text);
  }
});

Deno.test("every key given twice is named with its line, however deep it is", () => {
  const text = "# c\n---\na: 1\nb:\n- c: {d: 1, d: 2}\n  c: 3\n\n'a': 2\na: 3\n---\na: 1\n";
  const named = valuesOf(text).warnings.map(({ line, why }) => `${line} ${why.slice(0, 11)}`);
  assertEquals(
    named,
    ['5 The key "d"', '6 The key "c"', '8 The key "a"', '9 The key "a"']
      .map((each) => each.slice(0, 13)),
  );
});

Deno.test("what stands after three dots is left alone, as kubectl does, and that is said", () => {
  assertEquals(valuesOf("a: 1\n...\nb: 2\n---\nc: 3\n"), {
    values: [{ a: 1 }, { c: 3 }],
    faults: [],
    warnings: [
      { type: "warning", line: 3, why: 'Nothing after "..." is read until the next "---"' },
    ],
  });
});

Deno.test("a fault is blamed on a template only where filling it in mends it", () => {
  const templates = [
    "a: 1\nimage: {{ .Values.image }}\n",
    "{{- if .Values.x }}\na: 1\n{{- end }}\n",
    'a:\n  labels:\n    {{- include "x" . | nindent 4 }}\nb: {{ .c }}:{{ .d }}\n',
    "a: {{ quote .b\n  .c }}\n",
    "{{ .Values.all }}",
  ];
  const others = [
    "a: ['{{ b }}', c\nd: [\n",
    'a: "{{ b }}" c\n',
    "a: |\n  {{ b }}\nc: d: e\n",
    "a: |\n  {{ b }}\n c\n",
    "# {{ a }}\nb: c: d\n",
    'a: ["{{ b }}"\nc: d',
    "a: '{{ b }}\nc: d\n",
  ];
  for (const text of [...templates, ...others]) {
    const [fault] = valuesOf(text).faults;
    assert(fault?.type === "fault", text);
    assertEquals(fault.why.startsWith("It is a template"), templates.includes(text), text);
  }
});

Deno.test("text that is nested without end, or holds itself, is refused", () => {
  const texts = ["[".repeat(20_000), "a: &a [*a]\n", "{a: ".repeat(20_000), "a: *b\n"];
  const whys = texts.map((text) =>
    valuesOf(text).faults.map((part) => part.type === "fault" && part.why)
  );
  assertEquals(whys, [
    ["Cannot read the YAML: It is nested too deep"],
    ["Cannot read the YAML: The anchor &a holds itself"],
    ["Cannot read the YAML: It is nested too deep"],
    ["Cannot read the YAML: The alias *b names no anchor"],
  ]);
});

Deno.test("a key of any name is a key", () => {
  const [value] = valuesOf("__proto__: { a: 1 }\nconstructor: b\n").values as object[];
  assertEquals(Object.entries(value ?? {}), [["__proto__", { a: 1 }], ["constructor", "b"]]);
});
