import { assertEquals } from "@std/assert";
import { parse } from "yaml";
import { CHART, valueFile, valueFiles } from "./chart.ts";
import { DOTTED, leaves, openObjects, SCHEMA, schemaPaths, VALUES, VALUES_TEXT } from "./schema.ts";
import { VERSION } from "../../mod/pure/version.ts";

Deno.test("values.yaml shows every key that the schema knows, and no other", () => {
  // global is what Helm itself adds, false what its YAML makes of no
  const hidden = [...DOTTED, "global", "proxy false"];
  const known = schemaPaths(SCHEMA).filter((path) => !hidden.includes(path));
  assertEquals(pathsOf(VALUES).sort(), known.sort());
});

Deno.test("no object of the schema lets unknown keys pass", () => {
  assertEquals(openObjects(SCHEMA), []);
});

Deno.test("every key in values.yaml is explained in place", () => {
  const lines = VALUES_TEXT.split("\n");
  const silent = [...documentedKeys(lines)].filter(([line]) => {
    let above = line - 1;
    while (lines[above]?.trim().startsWith("#") && !lines[above]?.trim().startsWith("# --")) {
      above--;
    }
    return !lines[above]?.trim().startsWith("# --");
  });
  assertEquals(silent, []);
});

Deno.test("together the value files set every value to another than it has", async () => {
  const defaults = leaves(VALUES, SCHEMA);
  const touched = new Set<string>();
  for (const name of valueFiles()) {
    const values: unknown = parse(await Deno.readTextFile(valueFile(name)));
    for (const [path, value] of leaves(values, SCHEMA)) {
      if (JSON.stringify(value) !== JSON.stringify(defaults.get(path))) touched.add(path);
    }
  }
  const wanted = [...defaults.keys(), ...DOTTED];
  assertEquals(wanted.filter((path) => !touched.has(path)), []);
});

Deno.test("chart and programs have one version", async () => {
  const { version, appVersion } = parse(await Deno.readTextFile(`${CHART}/Chart.yaml`));
  assertEquals([version, appVersion], [VERSION, VERSION]);
});

/** All paths of values, down to objects of any keys. */
function pathsOf(values: unknown): string[] {
  const paths = new Set<string>();
  for (const path of leaves(values, SCHEMA).keys()) {
    const keys = path.split(" ");
    keys.forEach((_, i) => paths.add(keys.slice(0, i + 1).join(" ")));
  }
  return [...paths];
}

/** Line and key of everything in values.yaml that the schema names. */
function documentedKeys(lines: readonly string[]): Map<number, string> {
  const known = new Set(schemaPaths(SCHEMA));
  const found = new Map<number, string>();
  const above: string[] = [];
  lines.forEach((line, i) => {
    const [, indent, key] = /^( *)([A-Za-z]\w*):/.exec(line) ?? [];
    if (indent === undefined || key === undefined) return;
    above.splice(indent.length / 2, Infinity, key);
    if (known.has(above.join(" "))) found.set(i, above.join(" "));
  });
  assertEquals([...found.values()].sort(), pathsOf(VALUES).sort());
  return found;
}
