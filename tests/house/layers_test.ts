import { assertEquals } from "@std/assert";
import { findLawless, findViolations, reachedFrom } from "./layers.ts";
import { readModuleGraph } from "./module_graph.ts";

const ROOT = new URL("../../", import.meta.url);

const GRAPH = await readModuleGraph();

Deno.test("the modules keep to their layers, and none depends on itself", () => {
  assertEquals(GRAPH.size > 300, true);
  assertEquals(findViolations(GRAPH), []);
  assertEquals(findLawless(GRAPH), []);
});

Deno.test("the agent never reaches the Kubernetes client", () => {
  const forbidden = [...reachedFrom(GRAPH, "agent.ts")].filter((path) => /kubernetes/.test(path));
  assertEquals(forbidden, []);
  assertEquals(reachedFrom(GRAPH, "controller.ts").has("@kubernetes/client-node"), true);
});

Deno.test("pure code touches neither Deno, nor clock, nor chance, nor timers", async () => {
  const impure =
    /\bDeno\.|\bDate\.now\b|new Date\(\)|\bMath\.random\b|\bcrypto\.|\bset(Timeout|Interval)\b/;
  for (const path of GRAPH.keys()) {
    if (!path.startsWith("mod/pure/")) continue;
    const source = await Deno.readTextFile(new URL(path, ROOT));
    const code = source.replace(/\/\*.*?\*\/|\/\/.*$/gms, "");
    assertEquals(impure.exec(code)?.[0], undefined, path);
  }
});

const BAD: readonly (readonly [string, string])[] = [
  ["mod/pure/a.ts", "mod/ports/b.ts"],
  ["mod/pure/a.ts", "nats"],
  ["mod/pure/a.ts", "node:fs"],
  ["mod/ports/a.ts", "mod/flow/b.ts"],
  ["mod/ports/a.ts", "valibot"],
  ["mod/flow/a.ts", "mod/adapters/b.ts"],
  ["mod/flow/a.ts", "node:fs"],
  ["mod/adapters/a.ts", "mod/flow/b.ts"],
  ["mod/adapters/a.ts", "mod/adapters/b.ts"],
  ["mod/adapters/a/x.ts", "mod/adapters/b/x.ts"],
  ["mod/adapters/a/x.ts", "agent.ts"],
  ["mod/flow/a.ts", "mod/program.ts"],
  ["mod/flow/a.ts", "mod/commands/b.ts"],
  ["mod/commands/a.ts", "mod/build/b.ts"],
  ["agent.ts", "mod/build/b.ts"],
  ["mod/build/a.ts", "mod/flow/b.ts"],
  ["agent.ts", "tests/harness/fakes/b.ts"],
  ["mod/build/a.ts", "tests/offline/b.ts"],
  ["tests/harness/a.ts", "tests/harness/tools/b.ts"],
  ["tests/harness/tools/a.ts", "tests/harness/servers/b.ts"],
  ["tests/harness/servers/a.ts", "tests/harness/images/b.ts"],
  ["tests/harness/images/a.ts", "tests/harness/cluster/b.ts"],
  ["tests/harness/cluster/a.ts", "tests/e2e/b.ts"],
  ["tests/harness/fakes/a.ts", "tests/harness/b.ts"],
  ["tests/harness/a_test.ts", "tests/e2e/b.ts"],
  ["tests/bench/a.ts", "tests/e2e/b.ts"],
  ["tests/pure/a_test.ts", "mod/flow/b.ts"],
];

for (const [path, target] of BAD) {
  Deno.test(`${path} may not import ${target}`, () => {
    assertEquals(findViolations(new Map([[path, [target]]])), [`${path} imports ${target}`]);
  });
}

Deno.test("an adapter may be several files in one folder", () => {
  const graph = new Map([["mod/adapters/a/x.ts", ["mod/adapters/a/y.ts", "nats", "node:fs"]]]);
  assertEquals(findViolations(graph), []);
});

Deno.test("a test of the harness may use more than what it tests", () => {
  const graph = new Map([["tests/harness/servers/a_test.ts", ["tests/harness/images/b.ts"]]]);
  assertEquals(findViolations(graph), []);
});

Deno.test("a cycle is told with the way it takes", () => {
  const graph = new Map([
    ["mod/pure/a.ts", ["mod/pure/b.ts"]],
    ["mod/pure/b.ts", ["mod/pure/c.ts"]],
    ["mod/pure/c.ts", ["mod/pure/b.ts"]],
  ]);
  assertEquals(findViolations(graph), ["cycle: mod/pure/b.ts → mod/pure/c.ts → mod/pure/b.ts"]);
});
