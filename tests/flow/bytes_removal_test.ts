import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { BytesRemoval } from "../../mod/flow/bytes_removal.ts";
import { FleetView } from "../../mod/flow/fleet_view.ts";
import { orderRemoval } from "../../mod/flow/order_removal.ts";
import type { BeatValue } from "../../mod/pure/bucket/agent_wire.ts";
import { beatKey, UNINSTALL_KEY, wantedKey } from "../../mod/pure/bucket/state_keys.ts";
import { decodeUninstallOrder } from "../../mod/pure/bucket/uninstall_order.ts";
import type { RemovalVerdict } from "../../mod/pure/fleet/removal_verdict.ts";
import { fakeClock } from "../harness/fakes/fake_clock.ts";
import { advance, runPending } from "../harness/fakes/fake_time.ts";
import { type MemoryStore, memoryStore } from "../harness/fakes/memory_store.ts";
import { recordingLogger } from "../harness/fakes/quiet.ts";
import { sampleWanted } from "../harness/fakes/sample_values.ts";
import { scriptedBytes } from "../harness/fakes/scripted_bytes.ts";
import { scriptedLogins } from "../harness/fakes/scripted_logins.ts";
import { scriptedRuntime } from "../harness/fakes/scripted_runtime.ts";
import { startAgent } from "../harness/fakes/test_agent.ts";
import { startController } from "../harness/fakes/test_controller.ts";

const APP = "reg.lab/app:1";
const ORDER = { v: 1, id: "order-1", at: "2026-01-01T00:00:00.000Z" } as const;
const MINUTE = 60_000;

Deno.test("an agent gives up all bytes when it is ordered to, says so, and fetches none", async () => {
  using time = new FakeTime();
  const { agent, runtime } = await agentWithBytes(time);
  await using _ = agent;
  assertEquals([...runtime.bytes.kept.keys()], [APP]);
  assertEquals(agent.beat()?.bytes, {});
  await agent.put(UNINSTALL_KEY, ORDER);
  await agent.advance(1_000);
  assertEquals(runtime.bytes.kept.size, 0);
  assertEquals(agent.beat()?.bytes, { gaveUp: "order-1" });
  await agent.advance(60 * MINUTE);
  assertEquals(runtime.bytes.kept.size, 0);
  assertEquals(agent.report()?.images[APP]?.as, undefined);

  await agent.bucket.delete(UNINSTALL_KEY, { signal: new AbortController().signal });
  await agent.advance(60 * MINUTE);
  assertEquals([...runtime.bytes.kept.keys()], [APP], "the order was taken back");
  assertEquals(agent.beat()?.bytes, {});
});

Deno.test("an agent that is ordered to give up bytes first ends the fetch that runs", async () => {
  using time = new FakeTime();
  const { agent, runtime, hold } = await agentWithBytes(time, { held: true });
  await using _ = agent;
  using _held = hold;
  assertEquals(runtime.logins, [["bytes secret shop/regcred"]]);
  await agent.put(UNINSTALL_KEY, ORDER);
  await agent.advance(1_000);
  assertEquals(runtime.logins.slice(1), [[]], "it is tried as a public one");
  assertEquals(agent.beat()?.bytes, { gaveUp: "order-1" });
});

Deno.test("bytes are given up once no pull runs that may keep some", async () => {
  using time = new FakeTime();
  const bytes = scriptedBytes();
  bytes.kept.set(APP, 5);
  let isFetching = true;
  const stop = new AbortController();
  const removal = new BytesRemoval({ bytes, logger: recordingLogger() }, {
    isFetching: () => isFetching,
    done: () => {},
  });
  const running = removal.run(stop.signal);
  removal.take(ORDER);
  await advance(time, MINUTE);
  assertEquals([bytes.kept.size, removal.told], [1, {}]);
  isFetching = false;
  removal.pullEnded();
  await advance(time, 100);
  assertEquals([bytes.kept.size, removal.told], [0, { gaveUp: "order-1" }]);
  stop.abort();
  await running;
});

Deno.test("a containerd that is away is asked again, and nothing claimed until then", async () => {
  using time = new FakeTime();
  const { agent, runtime } = await agentWithBytes(time);
  await using _ = agent;
  runtime.bytes.broken = "no socket";
  await agent.put(UNINSTALL_KEY, ORDER);
  await agent.advance(5 * MINUTE);
  assertEquals(agent.beat()?.bytes, {});
  const told = agent.logger.lines.filter(({ message }) =>
    message.includes("give up all kept bytes")
  );
  assertEquals(told.length, 1);
  runtime.bytes.broken = undefined;
  await agent.advance(10_000);
  assertEquals(agent.beat()?.bytes, { gaveUp: "order-1" });
});

Deno.test("an agent that starts after the order carries it out", async () => {
  using time = new FakeTime();
  const bucket = memoryStore();
  await bucket.put(UNINSTALL_KEY, JSON.stringify(ORDER), { signal: new AbortController().signal });
  const runtime = scriptedRuntime();
  runtime.bytes.kept.set(APP, 5);
  await using agent = await startAgent(time, { bucket, runtime, source: "none" });
  await agent.advance(1_000);
  assertEquals(runtime.bytes.kept.size, 0);
});

Deno.test("who orders it waits for each agent that may keep bytes, and for no other", async () => {
  using time = new FakeTime();
  const removal = await ordering(time);
  await removal.beat("old"); // a version that keeps no bytes
  await removal.beat("n1", {});
  await removal.beat("n2", { gaveUp: "another order" });
  await removal.advance(2_000);
  assertEquals(removal.order()?.id, "order-1");
  assertEquals(removal.waited?.nodes.map(({ node, agent }) => [node, agent]), [
    ["n1", "fresh"],
    ["n2", "fresh"],
  ]);
  await removal.beat("n1", { gaveUp: "order-1" });
  await removal.advance(4 * MINUTE);
  assertEquals(removal.waited?.nodes.map(({ node, agent }) => [node, agent]), [["n2", "stale"]]);
  await removal.beat("n2", { gaveUp: "order-1" });
  await removal.advance(1_000);
  const { isDone, done, due } = await removal.ended;
  assertEquals({ isDone, done, due }, { isDone: true, done: 2, due: 2 });
});

Deno.test("an order that a new leader takes back is given again; time that is up ends the wait", async () => {
  using time = new FakeTime();
  const removal = await ordering(time);
  await removal.beat("n1", {});
  await removal.advance(2_000);
  await removal.bucket.delete(UNINSTALL_KEY, { signal: new AbortController().signal });
  await removal.advance(2_000);
  assertEquals(removal.order()?.id, "order-1");
  removal.stop.abort();
  await removal.advance(1_000);
  assertEquals((await removal.ended).isDone, false);
  assertEquals(removal.order()?.id, "order-1", "for agents that come back");
});

Deno.test("two who order it at a time wait for one order, and both come to an end", async () => {
  using time = new FakeTime();
  const bucket = memoryStore();
  const one = await ordering(time, { bucket });
  const other = await ordering(time, { bucket, id: "order-2" });
  await one.beat("n1", {});
  await one.advance(5_000);
  const id = one.order()?.id ?? "none";
  await one.advance(30_000);
  assertEquals(one.order()?.id, id, "agents would begin anew");
  await one.beat("n1", { gaveUp: id });
  await one.advance(2_000);
  assertEquals([(await one.ended).isDone, (await other.ended).isDone], [true, true]);
});

Deno.test("who orders it again is told of those that have done it, and waits for the others", async () => {
  using time = new FakeTime();
  const bucket = memoryStore();
  const { signal } = new AbortController();
  await bucket.put(UNINSTALL_KEY, JSON.stringify(ORDER), { signal });
  const again = await ordering(time, { bucket, id: "order-2" });
  await again.beat("n1", { gaveUp: "order-1" });
  await again.beat("n2", {});
  await again.advance(2_000);
  assertEquals(again.order(), ORDER);
  assertEquals(again.waited?.nodes.map(({ node }) => node), ["n2"]);
  await again.beat("n2", { gaveUp: "order-1" });
  await again.advance(2_000);
  assertEquals((await again.ended).isDone, true);
});

Deno.test("an order that nobody can read is replaced", async () => {
  using time = new FakeTime();
  const bucket = memoryStore();
  await bucket.put(UNINSTALL_KEY, "{", { signal: new AbortController().signal });
  const removal = await ordering(time, { bucket });
  await removal.beat("n1", { gaveUp: "order-1" });
  await removal.advance(2_000);
  assertEquals([removal.order()?.id, (await removal.ended).isDone], ["order-1", true]);
});

Deno.test("a controller that begins to lead takes back an order from before, and no later one", async () => {
  using time = new FakeTime();
  const bucket = memoryStore();
  const { signal } = new AbortController();
  await bucket.put(UNINSTALL_KEY, JSON.stringify(ORDER), { signal });
  await using controller = await startController(time, { bucket });
  await controller.advance(2_000);
  assertEquals(controller.bucket.values.has(UNINSTALL_KEY), false);
  await controller.meddle(UNINSTALL_KEY, ORDER);
  await controller.meddle(wantedKey(APP), sampleWanted(APP));
  await controller.advance(3 * 60 * MINUTE);
  assertEquals(controller.bucket.values.has(wantedKey(APP)), false, "it goes on with its work");
  assertEquals(controller.bucket.values.has(UNINSTALL_KEY), true);
});

async function agentWithBytes(time: FakeTime, { held = false } = {}) {
  const runtime = scriptedRuntime({ bytes: 5 });
  runtime.close(APP, "secret shop/regcred");
  const logins = scriptedLogins();
  logins.arrive("shop/regcred", APP);
  const hold = held ? runtime.hold(APP) : undefined;
  const secrets = [{ namespace: "shop", name: "regcred" }];
  const agent = await startAgent(time, {
    runtime,
    wanted: [sampleWanted(APP, { private: [{ mode: "bytes", secrets }] })],
    deps: (deps) => ({ ...deps, logins }),
  });
  await agent.advance(1_000);
  return { agent, runtime, hold };
}

async function ordering(
  time: FakeTime,
  { bucket = memoryStore(), id = "order-1" }: {
    readonly bucket?: MemoryStore;
    readonly id?: string;
  } = {},
) {
  const clock = fakeClock();
  const stop = new AbortController();
  let waited: RemovalVerdict | undefined;
  const view = new FleetView(clock);
  const deps = { store: bucket.another(), clock, logger: recordingLogger(), view };
  const ended = orderRemoval(deps, {
    id,
    signal: stop.signal,
    waits: (verdict) => void (waited = verdict),
  });
  await runPending(time);
  return {
    bucket,
    stop,
    ended,
    get waited() {
      return waited;
    },
    advance: (ms: number) => advance(time, ms),
    order() {
      const decoded = decodeUninstallOrder(bucket.values.get(UNINSTALL_KEY) ?? "");
      return "value" in decoded ? decoded.value : undefined;
    },
    async beat(node: string, bytes?: BeatValue["bytes"]) {
      const beat: BeatValue = {
        v: 1,
        node,
        agent: "0.0.0",
        at: new Date().toISOString(),
        images: { wanted: 0, warm: 0, pulling: 0, waiting: 0, failed: 0 },
        ...(bytes && { bytes }),
      };
      const { signal } = new AbortController();
      await bucket.put(beatKey(node), JSON.stringify(beat), { signal });
      await runPending(time);
    },
  };
}
