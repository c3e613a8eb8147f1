import { assertEquals } from "@std/assert";
import { shuffled } from "../../mod/pure/shuffled.ts";

Deno.test("items come in the order of the numbers drawn for them, and none is lost", () => {
  const numbers = [0.9, 0.1, 0.5];
  assertEquals(shuffled(["a", "b", "c"], () => numbers.shift() ?? 0), ["b", "c", "a"]);
});

Deno.test("each item is first about as often as the others", () => {
  const firsts = new Map<string, number>();
  for (let round = 0; round < 3_000; round++) {
    const [first = ""] = shuffled(["a", "b", "c"], Math.random);
    firsts.set(first, (firsts.get(first) ?? 0) + 1);
  }
  for (const count of firsts.values()) assertEquals(count > 800 && count < 1_200, true, `${count}`);
  assertEquals(firsts.size, 3);
});
