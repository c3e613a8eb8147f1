import { assertEquals, assertThrows } from "@std/assert";
import { readSeeds, seedsText } from "../../../mod/pure/node_users/node_user_keys.ts";

const SEEDS = { issuer: `SA${"A".repeat(56)}`, curve: `SX${"B".repeat(56)}` };

Deno.test("seeds are read as they were written, also by an editor of another system", () => {
  assertEquals(readSeeds(seedsText(SEEDS)), SEEDS);
  assertEquals(readSeeds(`\r\n${SEEDS.curve}\r\n${SEEDS.issuer}\r\n`), SEEDS);
});

Deno.test("a file without both seeds is told of, and nothing of it shown", () => {
  for (const text of ["", SEEDS.issuer, `${SEEDS.curve}x\n${SEEDS.issuer}`]) {
    const error = assertThrows(() => readSeeds(text), Error, "it must hold the seed");
    assertEquals((error as Error).message.includes("AAAA"), false);
  }
});
