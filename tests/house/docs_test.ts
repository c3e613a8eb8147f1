import { assertEquals } from "@std/assert";
import { readModuleGraph } from "./module_graph.ts";

Deno.test("every export says what it is", async () => {
  const graph = await readModuleGraph();
  const silent: string[] = [];
  for (const path of graph.keys()) {
    // What stands for a published module is described where that is published.
    if (!path.endsWith(".ts") || /^tests\/offline\/(std|hostile)\//.test(path)) continue;
    const lines = (await Deno.readTextFile(new URL(`../../${path}`, import.meta.url))).split("\n");
    lines.forEach((line, i) => {
      if (EXPORT.test(line) && !lines[i - 1]?.endsWith("*/")) {
        silent.push(`${path}:${i + 1} ${line}`);
      }
    });
  }
  assertEquals(silent, []);
});

/** One purpose decides where a file ends, not a count of lines: this only stops what has outgrown it. */
const MAX_LINES = 400;

Deno.test("files are small enough to be read at once", async () => {
  const graph = await readModuleGraph();
  const long: string[] = [];
  for (const path of graph.keys()) {
    if (!path.endsWith(".ts")) continue;
    const text = await Deno.readTextFile(new URL(`../../${path}`, import.meta.url));
    if (text.split("\n").length > MAX_LINES) long.push(path);
  }
  assertEquals(long, []);
});

const EXPORT = /^export (async function|function|const|class|abstract class|interface|type) \w/;
