import { assertEquals } from "@std/assert";
import { exportsOf, type StdImport, stdImportsIn } from "./std_imports.ts";
import { PUBLISHED } from "./std_published.ts";

const ROOT = new URL("../../", import.meta.url);

const PINNED = await readImports("deno.json");
const STD = Object.entries(PINNED).filter(([, target]) => target.startsWith("jsr:"));
const MAPS = {
  std: await readImports("tests/offline/import_map.json"),
  hostile: await readImports("tests/offline/hostile_map.json"),
};

const IMPORTS = await readStdImports();

for (const [folder, map] of Object.entries(MAPS)) {
  Deno.test(`the import map of ${folder} replaces what comes from JSR and nothing else`, () => {
    assertEquals(Object.keys(map).sort(), Object.keys(PINNED).sort());
    for (const [name, target] of Object.entries(PINNED)) {
      if (target.startsWith("jsr:")) assertEquals(map[name], `./${folder}/${fileOf(name)}`);
      else assertEquals(map[name], target, name);
    }
  });
}

Deno.test("every import in deno.json is pinned to one version", () => {
  for (const [name, target] of Object.entries(PINNED)) {
    assertEquals(
      /^(npm|jsr):\/?@?[^@]+@\d+\.\d+\.\d+(\/.*)?$/.test(target),
      true,
      `${name} ${target}`,
    );
  }
});

Deno.test("it is known what each @std module exports, of the version that is pinned", () => {
  assertEquals(Object.keys(PUBLISHED).sort(), STD.map(([, target]) => target).sort());
});

for (const [name, target] of STD) {
  Deno.test(`the stand-in for ${name} is of the version that is pinned`, async () => {
    const head = (await read(`tests/offline/std/${fileOf(name)}`)).split("\n", 1)[0];
    assertEquals(/`(jsr:.+?)`/.exec(head ?? "")?.[1], target);
  });

  Deno.test(`the stand-in for ${name} exports only what is published, its hostile types the same`, async () => {
    const [standIn, hostile] = await exportsOfBoth(name);
    const published = PUBLISHED[target]?.split(" ") ?? [];
    assertEquals(standIn.filter((exported) => !published.includes(exported)), []);
    assertEquals(hostile, standIn);
  });

  Deno.test(`the stand-in for ${name} has all that is imported of it`, async () => {
    const [standIn] = await exportsOfBoth(name);
    const missing = IMPORTS.filter(({ module }) => module === name).flatMap(({ file, names }) =>
      names.filter((imported) => !standIn.includes(imported)).map((it) => `${file}: ${it}`)
    );
    assertEquals(missing, []);
  });
}

Deno.test("every @std module that is imported is in deno.json, and the other way round", () => {
  const imported = new Set(IMPORTS.map(({ module }) => module));
  assertEquals([...imported].sort(), STD.map(([name]) => name).sort());
});

Deno.test("in the programs each package of @std is imported by one file, which gives it types", () => {
  const importers: Record<string, string[]> = {};
  for (const { file, module } of IMPORTS.filter(({ file }) => !file.startsWith("tests/"))) {
    (importers[module.split("/", 2).join("/")] ??= []).push(file);
  }
  const shared = Object.entries(importers).filter(([, files]) => files.length > 1);
  assertEquals([Object.keys(importers).length > 0, shared], [true, []]);
});

Deno.test("imports of @std are found in all their forms", () => {
  const source = `
    import { a, type B, c as d } from "@std/one";
    import type {
      E,
    } from "@std/two/part";
    import * as all from "@std/three";
    export { f } from "@std/four";
    const five = await import("@std/five");
    // import { g } from "@std/six";
    import { h } from "./std/seven.ts";`;
  assertEquals(stdImportsIn("x.ts", source).map(({ module, names }) => [module, ...names]), [
    ["@std/one", "a", "B", "c"],
    ["@std/two/part", "E"],
    ["@std/three", "*"],
    ["@std/four", "f"],
    ["@std/five", "*"],
  ]);
});

async function exportsOfBoth(name: string): Promise<[string[], string[]]> {
  const standIn = exportsOf(await read(`tests/offline/std/${fileOf(name)}`));
  const hostile = exportsOf(await read(`tests/offline/hostile/${fileOf(name)}`));
  return [standIn, hostile];
}

/** "@std/cli/parse-args" → "cli_parse_args.ts" */
function fileOf(name: string): string {
  return `${name.slice("@std/".length).replaceAll(/\W/g, "_")}.ts`;
}

async function readStdImports(): Promise<StdImport[]> {
  const sources = ["agent.ts", "controller.ts"];
  for (const folder of ["mod", "tests"]) sources.push(...await sourcesIn(folder));
  const others = sources.filter((file) => !import.meta.url.endsWith(file)); // holds an example
  const found = others.map(async (file) => stdImportsIn(file, await read(file)));
  return (await Promise.all(found)).flat();
}

async function sourcesIn(folder: string): Promise<string[]> {
  const files: string[] = [];
  for await (const entry of Deno.readDir(new URL(`${folder}/`, ROOT))) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) files.push(...await sourcesIn(path));
    else if (path.endsWith(".ts")) files.push(path);
  }
  return files;
}

function read(path: string): Promise<string> {
  return Deno.readTextFile(new URL(path, ROOT));
}

async function readImports(path: string): Promise<Record<string, string>> {
  return JSON.parse(await read(path)).imports;
}
