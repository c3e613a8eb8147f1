import { assertEquals, assertStringIncludes } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { PullFlight } from "../../mod/flow/pull_flight.ts";
import { META_KEY } from "../../mod/pure/bucket/state_keys.ts";
import { ImageLedger } from "../../mod/pure/pulls/image_ledger.ts";
import { PULL_SCHEDULE } from "../../mod/pure/pulls/pull_schedule.ts";
import type { PrivateUse } from "../../mod/pure/private_images/private_use.ts";
import type { WantedValue } from "../../mod/pure/bucket/wire.ts";
import { sampleWanted } from "../harness/fakes/sample_values.ts";
import { scriptedLogins } from "../harness/fakes/scripted_logins.ts";
import { scriptedRuntime } from "../harness/fakes/scripted_runtime.ts";
import { startAgent, type TestAgentOptions } from "../harness/fakes/test_agent.ts";

const A = "reg.lab/a:1";
const B = "reg.lab/b:1";
const C = "reg.lab/c:1";
const BYTES: PrivateUse = { mode: "bytes", secrets: [] };
const MB = 1_000_000;
const MINUTE = 60_000;
const NOW = { wallMs: 0, monotonicMs: 0 };

Deno.test("bytes that nothing wants any more go after ten minutes, and no wanted ones with them", async () => {
  using time = new FakeTime();
  await using agent = await started(time, { wanted: [app(A), app(B)] });
  const { bytes } = agent.runtime;
  assertEquals([...bytes.kept.keys()].sort(), [A, B]);
  assertEquals(agent.metrics.value("warm_images_kept_bytes"), 20 * MB);
  assertEquals(agent.metrics.value("warm_images_node_as_bytes"), 2);
  await agent.unwant(B);
  await agent.advance(9 * MINUTE);
  assertEquals(bytes.removed, []);
  await agent.advance(8 * MINUTE);
  assertEquals(bytes.removed, [B]);
  assertEquals(agent.metrics.value("warm_images_kept_bytes"), 10 * MB);
});

Deno.test("bytes that are wanted again within the grace stay", async () => {
  using time = new FakeTime();
  await using agent = await started(time, { wanted: [app(A), app(B)] });
  await agent.unwant(B);
  await agent.advance(9 * MINUTE);
  await agent.want(app(B));
  await agent.advance(60 * MINUTE);
  assertEquals(agent.runtime.bytes.removed, []);
});

Deno.test("what an earlier agent has kept goes too, once the bucket says that nothing wants it", async () => {
  using time = new FakeTime();
  const runtime = closedRuntime();
  runtime.bytes.kept.set(C, MB);
  await using agent = await started(time, { wanted: [app(A)], runtime });
  await agent.advance(20 * MINUTE);
  assertEquals(runtime.bytes.removed, [C]);
});

Deno.test("nothing goes before it is known what this node should have", async () => {
  using time = new FakeTime();
  const runtime = closedRuntime();
  runtime.bytes.kept.set(C, MB);
  await using agent = await started(time, { source: "none", runtime });
  await agent.advance(3 * 60 * MINUTE);
  assertEquals(runtime.bytes.removed, []);
});

Deno.test("a bucket that somebody has emptied costs no bytes for as long as a controller forgets nothing", async () => {
  using time = new FakeTime();
  await using agent = await started(time, { wanted: [app(A)] });
  await agent.unwant(A);
  await agent.advance(55 * MINUTE);
  assertEquals(agent.runtime.bytes.removed, []);
  await agent.want(app(A));
  await agent.advance(60 * MINUTE);
  assertEquals(agent.runtime.bytes.removed, []);
  const { signal } = new AbortController();
  await agent.bucket.delete(META_KEY, { signal });
  await agent.unwant(A);
  await agent.advance(5 * 60 * MINUTE);
  assertEquals(agent.runtime.bytes.removed, []);
});

Deno.test("above the mark bytes go until the disk is below it, the least urgent first, and pause", async () => {
  using time = new FakeTime();
  const runtime = closedRuntime();
  runtime.bytes.kept.set(C, MB);
  const wanted = [app(A, { priority: 1 }), app(B, { priority: 5 })];
  await using agent = await started(time, { wanted, runtime });
  agent.disk.usedPercent = 82;
  runtime.bytes.onRemoved = () => agent.disk.usedPercent -= 1.5;
  await agent.advance(2 * MINUTE);
  assertEquals(runtime.bytes.removed, [C, A], "what nothing wants first");
  const { state, reason = "" } = agent.report()?.images[A] ?? {};
  assertEquals(state, "skipped");
  assertStringIncludes(reason, "no room: disk: 81 % used");
  assertEquals(agent.report()?.images[B]?.as, "bytes");
  const before = runtime.pulls.length;
  await agent.advance(4 * MINUTE);
  assertEquals(runtime.pulls.length, before, "it does not come back at once");
  await agent.advance(20 * MINUTE);
  assertEquals(agent.report()?.images[A]?.as, "bytes");
});

Deno.test("above the mark for good, all bytes go, also those whose image kubelet has", async () => {
  using time = new FakeTime();
  await using agent = await started(time, { wanted: [app(A), app(B)], lookAgainMs: MINUTE });
  const { runtime } = agent;
  runtime.pullAsKubelet(A, "sha256:1");
  await agent.advance(2 * MINUTE);
  agent.disk.usedPercent = 90;
  await agent.advance(3 * MINUTE);
  assertEquals(runtime.bytes.removed, [B, A]);
  assertEquals(agent.report()?.images[A]?.state, "warm");
  assertEquals(agent.report()?.images[B]?.state, "skipped");
});

Deno.test("bytes of an image that is being pulled are left alone", async () => {
  using time = new FakeTime();
  const runtime = closedRuntime();
  runtime.bytes.kept.set(C, MB);
  using hold = runtime.hold(C);
  await using agent = await started(time, { wanted: [C, app(A)], runtime });
  await agent.unwant(C);
  await agent.advance(30 * MINUTE);
  assertEquals([[...runtime.pulling], runtime.bytes.removed], [[C], []]);
  hold.release();
  await agent.advance(2 * MINUTE);
  assertEquals(runtime.bytes.removed, [C]);
});

Deno.test("bytes of an image that is to be open stay until it is, and go then", async () => {
  using time = new FakeTime();
  await using agent = await started(time, { wanted: [app(A)] });
  const { runtime } = agent;
  using hold = runtime.hold(A);
  await agent.want(app(A, { private: [{ mode: "open", secrets: [] }] }));
  await agent.advance(60 * MINUTE);
  assertEquals(runtime.bytes.removed, []);
  hold.release();
  await agent.advance(30 * MINUTE);
  assertEquals(agent.report()?.images[A]?.as, undefined);
  assertEquals(runtime.bytes.removed, [A]);
});

Deno.test("a runtime that does not answer is told once, and asked again", async () => {
  using time = new FakeTime();
  const runtime = closedRuntime();
  runtime.bytes.kept.set(C, MB);
  runtime.bytes.broken = "no answer";
  await using agent = await started(time, { wanted: [app(A)], runtime });
  await agent.advance(10 * MINUTE);
  const told = agent.logger.lines.filter(({ message }) =>
    message.startsWith("Could not look after")
  );
  assertEquals(told.length, 1);
  runtime.bytes.broken = undefined;
  await agent.advance(20 * MINUTE);
  assertEquals(runtime.bytes.removed, [C]);
});

Deno.test("bytes that somebody has removed by hand come back", async () => {
  using time = new FakeTime();
  await using agent = await started(time, { wanted: [app(A)], lookAgainMs: 5 * MINUTE });
  agent.runtime.bytes.kept.clear();
  await agent.advance(12 * MINUTE);
  assertEquals([...agent.runtime.bytes.kept.keys()], [A]);
  assertEquals(agent.report()?.images[A]?.as, "bytes");
});

Deno.test("where nobody knows what is wanted, a disk above the mark gets its room after minutes", async () => {
  using time = new FakeTime();
  const runtime = closedRuntime();
  runtime.bytes.kept.set(C, MB);
  await using agent = await started(time, { source: "none", runtime });
  agent.disk.usedPercent = 90;
  await agent.advance(MINUTE);
  assertEquals(runtime.bytes.removed, []);
  await agent.advance(4 * MINUTE);
  assertEquals(runtime.bytes.removed, [C]);
});

Deno.test("a disk of which nobody knows how full it is costs no bytes", async () => {
  using time = new FakeTime();
  await using agent = await started(time, { wanted: [app(A)] });
  agent.disk.broken = "EIO";
  await agent.advance(30 * MINUTE);
  assertEquals(agent.runtime.bytes.removed, []);
});

Deno.test("warm bytes count into --max-bytes as they are, and images with what they unpack to", () => {
  const warm = (as?: "bytes") => {
    const ledger = new ImageLedger({ schedule: PULL_SCHEDULE, random: () => 0.5 });
    ledger.setWanted(new Map([[A, app(A)]]), NOW);
    ledger.beginPull(A, NOW);
    ledger.recordPull(A, { result: "pulled", bytes: 10 * MB, as }, NOW);
    return ledger.warmDiskBytes();
  };
  assertEquals([warm("bytes"), warm()], [10 * MB, 40 * MB]);
});

Deno.test("a pull of bytes needs no room to unpack", () => {
  const blob = { digest: "sha256:1", bytes: 100, mediaType: "application/tar+gzip" };
  const flight = new PullFlight(A, false, undefined);
  const size = { bytes: 100, missing: [blob] };
  const { snapshotBytes, snapshotInodes, diskBytes } = flight.needs({ ...size, as: "bytes" });
  assertEquals([snapshotBytes, snapshotInodes, diskBytes], [0, 0, 100]);
  assertEquals(flight.needs(size).diskBytes, 400);
  assertEquals(flight.needs({ bytes: 100, missing: [], as: "bytes" }).snapshotBytes, 0);
});

Deno.test("--max-images counts bytes as images", async () => {
  using time = new FakeTime();
  await using agent = await started(time, { wanted: [app(A)], maxImages: 1 });
  await agent.want(app(B));
  await agent.advance(MINUTE);
  assertEquals([...agent.runtime.bytes.kept.keys()], [A]);
  assertEquals(agent.report()?.images[B]?.state, "skipped");
});

function closedRuntime() {
  const runtime = scriptedRuntime({ bytes: 10 * MB });
  for (const reference of [A, B]) runtime.close(reference, "login file");
  return runtime;
}

function app(reference: string, rest: Partial<WantedValue> = {}): WantedValue {
  return sampleWanted(reference, { private: [BYTES], ...rest });
}

async function started(time: FakeTime, options: TestAgentOptions) {
  const agent = await startAgent(time, {
    runtime: closedRuntime(),
    ...options,
    deps: (deps) => ({ ...deps, logins: scriptedLogins("login file") }),
  });
  await agent.advance(10_000);
  return agent;
}
