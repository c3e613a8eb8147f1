import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import type { PinKeeperOptions } from "../../mod/flow/pin_keeper.ts";
import { diskBytesOf } from "../../mod/pure/room/image_need.ts";
import { sampleWanted } from "../harness/fakes/sample_values.ts";
import { type ScriptedPins, scriptedPins } from "../harness/fakes/scripted_pins.ts";
import { scriptedRuntime } from "../harness/fakes/scripted_runtime.ts";
import { startAgent, type TestAgentOptions } from "../harness/fakes/test_agent.ts";

const MB = 1_000_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const A = "reg.lab/a:1";
const B = "reg.lab/b:1";
const C = "reg.lab/c:1";

const RULES: PinKeeperOptions["rules"] = {
  which: "wanted",
  maxBytes: 1000 * MB,
  forMs: 24 * HOUR_MS,
  unpinOnExit: false,
};

/** An agent whose images take 10 MB each. */
function start(
  time: FakeTime,
  pins: ScriptedPins,
  rules: Partial<PinKeeperOptions["rules"]> = {},
  options: TestAgentOptions = {},
) {
  return startAgent(time, {
    runtime: scriptedRuntime({ bytes: 10 * MB, version: { client: "2.3.7", server: "2.3.7" } }),
    wanted: [A, B],
    ...options,
    pins: { ...RULES, ...rules },
    deps: (deps) => ({ ...deps, pins }),
  });
}

Deno.test("what is wanted is pinned once it is warm, and no more once it is unwanted", async () => {
  using time = new FakeTime();
  const pins = scriptedPins();
  await using agent = await start(time, pins);
  await agent.advance(30_000);
  assertEquals(pins.held().sort(), [A, B]);
  assertEquals(agent.metrics.value("warm_images_pinned"), 2);
  assertEquals(agent.metrics.value("warm_images_pinned_bytes"), 2 * diskBytesOf(10 * MB));
  await agent.unwant(B);
  await agent.advance(30_000);
  assertEquals(pins.held(), [A]);
});

Deno.test("with due, only what a pod waits for is pinned", async () => {
  using time = new FakeTime();
  const pins = scriptedPins();
  const due = sampleWanted(A, { neededBy: "2026-11-26T21:00:00Z" });
  await using agent = await start(time, pins, { which: "due" }, { wanted: [due, B] });
  await agent.advance(30_000);
  assertEquals(pins.held(), [A]);
});

Deno.test("a pin that a pull has wiped is made again", async () => {
  using time = new FakeTime();
  const pins = scriptedPins();
  await using agent = await start(time, pins);
  await agent.advance(30_000);
  pins.ours.clear();
  await agent.advance(11 * MINUTE_MS);
  assertEquals(pins.held().sort(), [A, B], "after somebody else's pull, at the periodic look");
  pins.ours.delete(A);
  agent.runtime.delete(A);
  await agent.advance(15 * MINUTE_MS);
  assertEquals(pins.held().sort(), [A, B]);
});

Deno.test("the pin of somebody else is neither made ours nor taken back", async () => {
  using time = new FakeTime();
  const pins = scriptedPins();
  pins.others.add(A);
  await using agent = await start(time, pins);
  await agent.advance(30_000);
  assertEquals([pins.held(), agent.metrics.value("warm_images_pinned")], [[B], 1]);
  await agent.unwant(A);
  await agent.advance(HOUR_MS);
  assertEquals(pins.deeds, [`pin ${B}`]);
});

Deno.test("above the disk's mark nothing is pinned, nor right below it", async () => {
  using time = new FakeTime();
  const pins = scriptedPins();
  await using agent = await start(time, pins);
  await agent.advance(30_000);
  const fills = async (percent: number) => {
    agent.disk.usedPercent = percent;
    await agent.advance(12 * MINUTE_MS);
    return pins.held().length;
  };
  assertEquals([await fills(81), await fills(79), await fills(77)], [0, 0, 2]);
});

Deno.test("what the budget does not take stays unpinned", async () => {
  using time = new FakeTime();
  const pins = scriptedPins();
  const wanted = [A, sampleWanted(B, { priority: 5 }), C];
  await using agent = await start(time, pins, { maxBytes: diskBytesOf(25 * MB) }, { wanted });
  await agent.advance(30_000);
  assertEquals(pins.held().sort(), [A, B]);
});

Deno.test("a pin ends, and a new agent does not begin it anew", async () => {
  using time = new FakeTime();
  const pins = scriptedPins();
  const runtime = scriptedRuntime({ bytes: 10 * MB });
  const rules = { forMs: HOUR_MS };
  await using first = await start(time, pins, rules, { runtime });
  await first.advance(50 * MINUTE_MS);
  assertEquals(pins.held().length, 2);
  await first.stop();
  await using second = await start(time, pins, rules, { runtime });
  await second.advance(5 * MINUTE_MS);
  assertEquals(pins.held().length, 2, "a crash or restart changes nothing");
  await second.advance(10 * MINUTE_MS);
  assertEquals(pins.held(), []);
  await second.stop();
  await using third = await start(time, pins, rules, { runtime });
  await third.advance(30 * MINUTE_MS);
  assertEquals(pins.held(), []);
});

Deno.test("a new agent keeps pins until it knows what is wanted, and of images it has not seen", async () => {
  using time = new FakeTime();
  const pins = scriptedPins();
  pins.ours.set(A, { warmSince: Date.now(), holds: true });
  pins.ours.set("reg.lab/left:1", { warmSince: Date.now(), holds: true });
  await using agent = await start(time, pins, {}, { source: "none", wanted: [] });
  await agent.advance(5 * MINUTE_MS);
  assertEquals(pins.deeds, []);
  agent.runtime.hold(A);
  await agent.want(A);
  await agent.put("meta", {
    v: 1,
    source: "manifests",
    writer: "c",
    since: "2026-11-26T00:00:00Z",
  });
  await agent.advance(HOUR_MS);
  assertEquals(pins.held(), [A], "its pull is under way");
});

Deno.test("on exit pins stay, or are taken back where that is asked for", async () => {
  for (const unpinOnExit of [false, true]) {
    using time = new FakeTime();
    const pins = scriptedPins();
    await using agent = await start(time, pins, { unpinOnExit });
    await agent.advance(30_000);
    await agent.stop();
    assertEquals(pins.ours.size, unpinOnExit ? 0 : 2);
  }
});

Deno.test("a runtime that hangs holds no agent up that ends, nor keeps pins from going", async () => {
  using time = new FakeTime();
  const pins = scriptedPins();
  pins.ours.set(A, { warmSince: 1, holds: true });
  let hangs = true;
  const list = async (options: { readonly signal: AbortSignal }) => {
    if (hangs) await aborted(options.signal);
    return pins.list(options);
  };
  await using agent = await startAgent(time, {
    wanted: [A],
    pins: { ...RULES, unpinOnExit: true },
    deps: (deps) => ({ ...deps, pins: { ...pins, list } }),
  });
  await agent.advance(5_000);
  hangs = false;
  await agent.stop();
  assertEquals(pins.ours.size, 0);
});

Deno.test("once pinning is off, all pins of ours are taken back, and no more is asked", async () => {
  using time = new FakeTime();
  const pins = scriptedPins();
  pins.ours.set(A, { warmSince: 1, holds: true });
  pins.ours.set("reg.lab/left:1", { warmSince: 1, holds: false });
  pins.broken = "containerd rests";
  await using agent = await start(time, pins, { which: "off" });
  await agent.advance(5 * MINUTE_MS);
  assertEquals(pins.ours.size, 2);
  pins.broken = undefined;
  await agent.advance(5 * MINUTE_MS);
  assertEquals(pins.ours.size, 0);
  pins.ours.set(A, { warmSince: 1, holds: true });
  await agent.advance(HOUR_MS);
  assertEquals(pins.ours.size, 1);
  const said = agent.logger.lines.filter(({ message }) => message.includes("pin"));
  assertEquals(said.map(({ level }) => level).filter((level) => level !== "debug"), ["warn"]);
});

Deno.test("containerd before 1.7 gets no pins, and that is said once", async () => {
  using time = new FakeTime();
  const pins = scriptedPins();
  const runtime = scriptedRuntime({ version: { client: "2.3.7", server: "1.6.20~ds1" } });
  await using agent = await start(time, pins, {}, { runtime });
  await agent.advance(HOUR_MS);
  assertEquals(pins.deeds, []);
  const said = agent.logger.lines.filter(({ message }) => message.startsWith("Pins nothing"));
  assertEquals(said.length, 1);
});

/** Never resolves; rejects as a call does that is given up. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
