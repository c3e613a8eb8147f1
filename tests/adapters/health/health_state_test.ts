import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { systemClock } from "../../../mod/adapters/clock.ts";
import { HealthState } from "../../../mod/adapters/health/health_state.ts";
import { fakeClock } from "../../harness/fakes/fake_clock.ts";
import { recordingMetrics } from "../../harness/fakes/quiet.ts";

Deno.test("a program without any condition is not ready", () => {
  assertEquals(new HealthState(systemClock).readiness(), { ready: false, conditions: {} });
});

Deno.test("a program is ready when every condition holds", () => {
  using _time = new FakeTime("2026-01-01T00:00:00Z");
  const state = new HealthState(fakeClock());
  state.set("nats", true);
  state.set("runtime", false, "no socket");
  assertEquals(state.readiness().ready, false);
  state.set("runtime", true);
  assertEquals(state.readiness(), {
    ready: true,
    conditions: {
      nats: { holds: true, since: "2026-01-01T00:00:00.000Z" },
      runtime: { holds: true, since: "2026-01-01T00:00:00.000Z" },
    },
  });
});

Deno.test("since is when a condition changed, not when it was last told", () => {
  using time = new FakeTime("2026-01-01T00:00:00Z");
  const state = new HealthState(fakeClock());
  state.set("nats", false, "refused");
  time.tick(5000);
  state.set("nats", false, "no such host");
  assertEquals(state.readiness().conditions.nats, {
    holds: false,
    since: "2026-01-01T00:00:00.000Z",
    reason: "no such host",
  });
  time.tick(5000);
  state.set("nats", true);
  assertEquals(state.readiness().conditions.nats?.since, "2026-01-01T00:00:10.000Z");
});

Deno.test("a reason that another program wrote is kept short", () => {
  const state = new HealthState(systemClock);
  state.set("nats", false, "x".repeat(10_000));
  assertEquals(state.readiness().conditions.nats?.reason?.length, 500);
});

Deno.test("a loop that has not turned for more than a minute is not alive", () => {
  using time = new FakeTime();
  const state = new HealthState(fakeClock());
  time.tick(60_000);
  assertEquals(state.live(), true);
  time.tick(1);
  assertEquals(state.live(), false);
  state.beat();
  assertEquals(state.live(), true);
});

Deno.test("setting the clock neither ends a life nor keeps one, and no condition changes with it", () => {
  using time = new FakeTime("2026-01-01T00:00:00Z");
  for (const hours of [-3, 3, -504, 504]) {
    const clock = fakeClock();
    const state = new HealthState(clock);
    state.set("nats", true);
    const { since } = state.readiness().conditions.nats ?? {};
    clock.step(hours * 3_600_000);
    state.set("nats", true);
    assertEquals([state.live(), state.readiness().conditions.nats?.since], [true, since]);
    time.tick(61_000);
    assertEquals(state.live(), false);
  }
});

Deno.test("conditions do not touch liveness", () => {
  const state = new HealthState(systemClock);
  state.set("nats", false, "down");
  assertEquals(state.live(), true);
});

Deno.test("each condition is a metric too, as it was last told", () => {
  const metrics = recordingMetrics();
  const state = new HealthState(fakeClock(), metrics);
  const shown = () => metrics.value("warm_images_condition", { condition: "nats" });
  assertEquals(shown(), undefined);
  state.set("nats", false, "refused");
  assertEquals(shown(), 0);
  state.set("nats", true);
  assertEquals(shown(), 1);
});
