import { assert, assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import type { AgentDeps } from "../../mod/flow/agent_loop.ts";
import { RegistryMeter } from "../../mod/flow/registry_meter.ts";
import { recordingMetrics } from "../harness/fakes/quiet.ts";
import { sampleWanted } from "../harness/fakes/sample_values.ts";
import { runtimeWith, scriptedRuntime } from "../harness/fakes/scripted_runtime.ts";
import { startAgent } from "../harness/fakes/test_agent.ts";

const MINUTE = 60_000;
const hanging = ["a", "b", "c", "d"].map((name) => `hangs.lab/${name}:1`);

Deno.test("a registry whose pulls hang does not hold up the others", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime();
  const holds = hanging.map((reference) => runtime.hold(reference));
  const wanted = [
    ...hanging.map((reference) => sampleWanted(reference, { priority: 9 })),
    ...["x", "y", "z"].map((name) => sampleWanted(`other.lab/${name}:1`)),
  ];
  await using agent = await startAgent(time, { runtime, wanted, pullsPerRegistry: 2 });
  await agent.advance(5_000);
  assertEquals(runtime.pulling.size, 2);
  assertEquals([...runtime.present.keys()].sort(), [
    "other.lab/x:1",
    "other.lab/y:1",
    "other.lab/z:1",
  ]);
  for (const hold of holds) hold.release();
});

Deno.test("a tag that is asked about takes one of its registry's places", async () => {
  using time = new FakeTime();
  const moving = sampleWanted("reg.lab/app:latest", { refresh: true });
  const runtime = scriptedRuntime();
  const there = { state: "usable", digest: "sha256:old" } as const;
  runtime.present.set(moving.reference, there);
  const holds = [moving.reference, "reg.lab/x:1", "reg.lab/y:1"].map((each) => runtime.hold(each));
  await using agent = await startAgent(time, {
    runtime,
    wanted: [moving],
    pullsPerRegistry: 2,
    refreshEveryMs: 10 * MINUTE,
  });
  await agent.advance(6 * MINUTE);
  assertEquals([[...runtime.pulling], runtime.known], [[moving.reference], [there.digest]]);
  await agent.want("reg.lab/x:1", "reg.lab/y:1");
  await agent.advance(MINUTE);
  assertEquals([...runtime.pulling], [moving.reference, "reg.lab/x:1"]);
  assertEquals(runtime.known, [there.digest, undefined], "nothing is known of what is not there");
  for (const hold of holds) hold.release();
});

Deno.test("a registry is left alone for as long as it asks, whatever its status", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime();
  runtime.fail("reg.lab/app:1", "server_error", "503 Service Unavailable", 1);
  const deps = (given: AgentDeps): AgentDeps => ({
    ...given,
    runtime: runtimeWith(runtime, {
      async pull(reference, options) {
        const outcome = await runtime.pull(reference, options);
        return outcome.result === "failed" ? { ...outcome, retryAfterMs: 10 * MINUTE } : outcome;
      },
    }),
  });
  await using agent = await startAgent(time, { runtime, deps, wanted: ["reg.lab/app:1"] });
  await agent.want("reg.lab/db:1", "other.lab/app:1");
  await agent.advance(10 * MINUTE - 1_000);
  assertEquals(runtime.pulls, ["reg.lab/app:1", "other.lab/app:1"]);
  await agent.advance(MINUTE + 2_000);
  assertEquals(runtime.pulls.slice(2).sort(), ["reg.lab/app:1", "reg.lab/db:1"]);
});

Deno.test("a registry that fails again and again does not come before what has not failed", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime();
  runtime.fail("reg.lab/broken:1", "network");
  using hold = runtime.hold("reg.lab/slow:1");
  await using agent = await startAgent(time, {
    runtime,
    wanted: [sampleWanted("reg.lab/broken:1", { priority: 9 })],
    pullParallel: 1,
  });
  await agent.want(sampleWanted("reg.lab/slow:1", { priority: 8 }));
  await agent.advance(MINUTE);
  await agent.want("reg.lab/last:1");
  hold.release();
  await agent.advance(1_000);
  const order = runtime.pulls.filter((each, index) => index > 0 && each !== "reg.lab/slow:1");
  assertEquals(order.slice(0, 2), ["reg.lab/last:1", "reg.lab/broken:1"]);
  assert(runtime.present.has("reg.lab/last:1"));
});

Deno.test("pulls and bytes are counted by registry, and how it went with that", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime();
  using hold = runtime.hold("reg.lab/app:1");
  runtime.fail("slow.lab/app:1", "rate_limited", "429");
  runtime.fail("gone.lab/app:1", "not_found", "404");
  runtime.fail("full.lab/app:1", "disk_full", "no space left");
  const wanted = ["reg", "slow", "gone", "full"].map((name) => `${name}.lab/app:1`);
  await using agent = await startAgent(time, { runtime, wanted });
  await agent.advance(1_000);
  runtime.progress("reg.lab/app:1", { bytes: 7e6, totalBytes: 9e6 });
  hold.release();
  await agent.advance(1_000);
  const pulls = (registry: string, result: string) =>
    agent.metrics.total("warm_images_registry_pulls_total", { registry, result });
  const went = wanted.map((reference) => reference.split("/")[0] ?? "").map((registry) =>
    ["pulled", "failed", "rate_limited"].map((result) => Math.min(1, pulls(registry, result)))
  );
  assertEquals(went, [[1, 0, 0], [0, 0, 1], [0, 1, 0], [0, 0, 0]]);
  const bytes = { registry: "reg.lab" };
  assertEquals(agent.metrics.total("warm_images_registry_bytes_total", bytes), 7e6);
});

Deno.test("a list of images that names many registries makes few series", () => {
  const metrics = recordingMetrics();
  const meter = new RegistryMeter(metrics);
  const names = Array.from({ length: 5_000 }, (_, number) => `r${number}.lab`);
  for (const name of names) {
    meter.begun(name);
    meter.arrived(name, 1);
    meter.ended(name, { result: "pulled" });
  }
  assertEquals(metrics.labels("warm_images_registry_bytes_total").length, 17);
  assertEquals(metrics.labels("warm_images_registry_pulls_total").length, 17 * 3);
  assertEquals(metrics.total("warm_images_registry_bytes_total", { registry: "other" }), 4_984);
  assertEquals(metrics.total("warm_images_registry_bytes_total"), 5_000);
});
