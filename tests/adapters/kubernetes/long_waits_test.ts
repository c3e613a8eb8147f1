import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { LongWaits } from "../../../mod/adapters/kubernetes/long_waits.ts";

Deno.test("a pod that waits for long is told, once, and one that waits for a moment is not", () => {
  using time = new FakeTime();
  const waiting = new Set<string>();
  const told: string[] = [];
  using waits = new LongWaits((key) => waiting.has(key), (key) => told.push(key));
  const begin = (key: string) => {
    waiting.add(key);
    waits.add(key);
  };
  begin("long");
  for (let second = 0; second < 20; second++) {
    begin(`short-${second}`);
    time.tick(1_000);
    waiting.delete(`short-${second}`);
  }
  assertEquals(told, ["long"]);
});
