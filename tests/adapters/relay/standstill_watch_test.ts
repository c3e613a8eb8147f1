import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { StandstillWatch } from "../../../mod/adapters/relay/blobs/standstill_watch.ts";

/** A watch by the time of the test, and those who wait there for 10 s at most while others move. */
function startWatch() {
  const watch = new StandstillWatch(() => Date.now());
  const givenUp: string[] = [];
  const waits = (name: string) => {
    const state = {
      since: Date.now() as number | undefined,
      patienceMs: 10_000,
      giveUp: () => void givenUp.push(name),
    };
    return { state, end: watch.watch(state) };
  };
  return { watch, givenUp, waits };
}

Deno.test("a connection that gives nothing while others do is given up after its patience", () => {
  using time = new FakeTime();
  const { watch, givenUp, waits } = startWatch();
  const still = waits("still");
  const moving = waits("moving");
  for (let second = 1; second <= 9; second++) {
    time.tick(1000);
    watch.arrived(Date.now());
    moving.state.since = Date.now();
  }
  assertEquals(givenUp, []);
  time.tick(1000);
  assertEquals(givenUp, ["still"]);
  still.end[Symbol.dispose]();
  moving.end[Symbol.dispose]();
});

Deno.test("others that moved once since and then wait behind the gap are enough", () => {
  using time = new FakeTime();
  const { watch, givenUp, waits } = startWatch();
  using _still = waits("still").end;
  time.tick(1000);
  watch.arrived(Date.now());
  time.tick(9000);
  assertEquals(givenUp, ["still"]);
});

Deno.test("where nothing moves at all, it is the registry: there is thrice the patience", () => {
  using time = new FakeTime();
  const { watch, givenUp, waits } = startWatch();
  watch.arrived(Date.now() - 1);
  using _one = waits("one").end;
  time.tick(29_000);
  assertEquals(givenUp, []);
  time.tick(1000);
  assertEquals(givenUp, ["one"]);
});

Deno.test("whoever does not wait, as the runtime is slow, stands not still", () => {
  using time = new FakeTime();
  const { givenUp, waits } = startWatch();
  const { state, end } = waits("full");
  using _end = end;
  state.since = undefined;
  time.tick(600_000);
  assertEquals(givenUp, []);
});
