import { assertEquals } from "@std/assert";
import { REPOSITORY } from "../harness/programs.ts";
import { repositoryFiles } from "./repository_files.ts";

/** The time of day, which may be set at any moment. */
const WALL = /\bDate\.now\(|\bnew Date\(\)/;
const MONOTONIC = /\bperformance\.now\(/;

/** Who may read the time of day beside the clock, and why. */
const BY_TIME_OF_DAY: Readonly<Record<string, string>> = {
  "mod/adapters/clock.ts": "is the clock",
  "mod/adapters/nats/delete_markers.ts": "compares with times that the server keeps",
  "mod/adapters/nats/survey.ts": "compares with times that the server keeps",
};

Deno.test("only the clock reads the time of day, and flow and pure code read no clock", async () => {
  const readers: string[] = [];
  for (const path of await repositoryFiles()) {
    if (!/^(mod\/.*|agent|controller)\.ts$/.test(path)) continue;
    const text = await Deno.readTextFile(REPOSITORY + path);
    if (WALL.test(text) && !(path in BY_TIME_OF_DAY)) readers.push(path);
    if (MONOTONIC.test(text) && !path.startsWith("mod/adapters/")) readers.push(path);
  }
  assertEquals(readers, []);
});
