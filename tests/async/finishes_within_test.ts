import { assertEquals, assertRejects } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { delay } from "../../mod/async/delay.ts";
import { finishesWithin } from "../../mod/async/finishes_within.ts";
import { advance, hasTimer } from "../harness/fakes/fake_time.ts";

Deno.test("work that ends in time finishes, and no timer is left", async () => {
  using time = new FakeTime(0);
  const finished = finishesWithin(delay(900), 1_000);
  await advance(time, 900);
  assertEquals(await finished, true);
  assertEquals(hasTimer(time), false);
});

Deno.test("work that takes longer is waited for no more", async () => {
  using time = new FakeTime(0);
  const finished = finishesWithin(delay(1_100), 1_000);
  await advance(time, 1_000);
  assertEquals(await finished, false);
  await advance(time, 100);
});

Deno.test("a failure in time is thrown, a later one is dropped", async () => {
  using time = new FakeTime(0);
  const fails = async (ms: number) => {
    await delay(ms);
    throw new TypeError("refused");
  };
  const early = finishesWithin(fails(900), 1_000);
  const refused = assertRejects(() => early, TypeError, "refused");
  const late = finishesWithin(fails(1_100), 1_000);
  await advance(time, 2_000);
  await refused;
  assertEquals(await late, false);
});
