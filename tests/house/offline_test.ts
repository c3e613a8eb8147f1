import { assertEquals } from "@std/assert";

const config = await readImports("../../deno.json");
const offline = await readImports("../offline/import_map.json");

/** What each published module exports of the names that the stand-ins have; others do not exist. */
const PUBLISHED: Record<string, readonly string[]> = {
  "@std/assert": [
    "AssertionError",
    "assert",
    "assertEquals",
    "assertExists",
    "assertMatch",
    "assertNotEquals",
    "assertRejects",
    "assertStrictEquals",
    "assertStringIncludes",
    "assertThrows",
    "fail",
  ],
  "@std/async/delay": ["delay"],
  "@std/cli/parse-args": ["parseArgs"],
  "@std/log": ["BaseHandler", "LogRecord", "Logger"],
  "@std/testing/time": ["FakeTime", "TimeError"],
};

Deno.test("the offline import map has exactly the names of deno.json", () => {
  assertEquals(Object.keys(offline).sort(), Object.keys(config).sort());
});

Deno.test("the offline import map replaces what comes from JSR and nothing else", () => {
  for (const [name, target] of Object.entries(config)) {
    if (target.startsWith("jsr:")) {
      assertEquals(offline[name]?.startsWith("./std/"), true, name);
    } else {
      assertEquals(offline[name], target, name);
    }
  }
});

Deno.test("every import in deno.json is pinned to one version", () => {
  for (const [name, target] of Object.entries(config)) {
    assertEquals(
      /^(npm|jsr):\/?@?[^@]+@\d+\.\d+\.\d+(\/.*)?$/.test(target),
      true,
      `${name} ${target}`,
    );
  }
});

Deno.test("of every stand-in it is known here what the published module exports", () => {
  const standIns = Object.keys(config).filter((name) => config[name]?.startsWith("jsr:"));
  assertEquals(standIns.sort(), Object.keys(PUBLISHED).sort());
});

for (const [name, published] of Object.entries(PUBLISHED)) {
  Deno.test(`the stand-in for ${name} exports only what the published module has`, async () => {
    const path = new URL(offline[name] ?? "", new URL("../offline/", import.meta.url));
    const standIn: Record<string, unknown> = await import(path.href);
    assertEquals(Object.keys(standIn).filter((key) => !published.includes(key)), []);
  });
}

async function readImports(path: string): Promise<Record<string, string>> {
  const text = await Deno.readTextFile(new URL(path, import.meta.url));
  return JSON.parse(text).imports;
}
