import { assertEquals, assertStringIncludes } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import type { PrivateUse } from "../../mod/pure/private_images/private_use.ts";
import type { WantedValue } from "../../mod/pure/bucket/wire.ts";
import { sampleWanted } from "../harness/fakes/sample_values.ts";
import { scriptedLogins } from "../harness/fakes/scripted_logins.ts";
import { scriptedRuntime } from "../harness/fakes/scripted_runtime.ts";
import { startAgent, type TestAgent, type TestAgentOptions } from "../harness/fakes/test_agent.ts";

const APP = "reg.lab/app:1";
const SHOP = { namespace: "shop", name: "regcred" };
const BYTES: PrivateUse = { mode: "bytes", secrets: [SHOP] };
const OPEN: PrivateUse = { mode: "open", secrets: [SHOP] };
const DIGEST = `sha256:${"1".repeat(64)}`;
const MINUTE = 60_000;

Deno.test("bytes are kept of an image whose login has come, and the report says so", async () => {
  using time = new FakeTime();
  const { agent, logins } = await started(time, { wanted: [app(BYTES)] });
  await using _ = agent;
  assertEquals(app1(agent)?.state, "waiting");
  assertEquals(app1(agent)?.reason, "waits for the login of secret shop/regcred");
  logins.arrive("shop/regcred", APP);
  await agent.advance(1_000);
  const { state, as } = app1(agent) ?? {};
  assertEquals({ state, as }, { state: "warm", as: "bytes" });
  assertEquals(agent.runtime.logins.at(-1), ["bytes secret shop/regcred"]);
});

Deno.test("an image that awaits a login has not failed, and is asked for rarely", async () => {
  using time = new FakeTime();
  const { agent } = await started(time, { wanted: [app(BYTES)] });
  await using _ = agent;
  await agent.advance(5 * MINUTE);
  assertEquals(agent.runtime.pulls.length, 1);
  assertEquals(agent.beat()?.images, { wanted: 1, warm: 0, pulling: 0, waiting: 1, failed: 0 });
});

Deno.test("a login that comes while the image is being refused without it is used at once", async () => {
  using time = new FakeTime();
  const runtime = closedRuntime();
  using hold = runtime.hold(APP);
  const { agent, logins } = await started(time, { wanted: [app(BYTES)], runtime });
  await using _ = agent;
  logins.arrive("shop/regcred", APP);
  hold.release();
  await agent.advance(1_000);
  assertEquals(app1(agent)?.as, "bytes");
});

Deno.test("where every login is refused the report names whose they were", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime();
  runtime.close(APP, "nobody");
  const logins = scriptedLogins("login file");
  const { agent } = await started(time, { wanted: [app(BYTES)], runtime, logins });
  await using _ = agent;
  logins.arrive("shop/regcred", APP);
  await agent.advance(1_000);
  assertEquals(app1(agent)?.state, "failed");
  assertStringIncludes(
    app1(agent)?.reason ?? "",
    "denied: with the login of login file: ; with the login of secret shop/regcred: 401",
  );
});

Deno.test("an image that is refused where no namespace asks for private ones: the report says what to set", async () => {
  using time = new FakeTime();
  const { agent } = await started(time, { wanted: [APP] });
  await using _ = agent;
  assertEquals(app1(agent)?.state, "failed");
  assertStringIncludes(app1(agent)?.reason ?? "", 'need warm-images/private: "bytes"');
});

Deno.test("uses whose pods may not run on this node give it nothing", async () => {
  using time = new FakeTime();
  const elsewhere = { ...BYTES, placements: [{ nodeSelector: { zone: "other" } }] };
  const { agent, logins } = await started(time, { wanted: [app(elsewhere)] });
  await using _ = agent;
  logins.arrive("shop/regcred", APP);
  await agent.advance(MINUTE);
  assertEquals(agent.runtime.logins.flat(), []);
  assertEquals(agent.runtime.mayBeBytes.flat(), []);
});

Deno.test("an image whose bytes are there from before is warm without a pull", async () => {
  using time = new FakeTime();
  const runtime = closedRuntime();
  runtime.bytes.kept.set(APP, 5);
  const { agent } = await started(time, { wanted: [app(BYTES)], runtime });
  await using _ = agent;
  assertEquals(app1(agent)?.as, "bytes");
  assertEquals(runtime.pulls, []);
});

Deno.test("bytes of a namespace that takes its mark away are no warm image any more", async () => {
  using time = new FakeTime();
  const { agent, logins } = await started(time, { wanted: [app(BYTES)] });
  await using _ = agent;
  logins.arrive("shop/regcred", APP);
  await agent.advance(1_000);
  await agent.want(APP);
  await agent.advance(5_000);
  assertEquals(app1(agent)?.state, "failed");
  assertEquals(app1(agent)?.as, undefined);
});

Deno.test("a mark that comes and goes is nobody who removes images", async () => {
  using time = new FakeTime();
  const { agent, logins } = await started(time, { wanted: [app(BYTES)] });
  await using _ = agent;
  logins.arrive("shop/regcred", APP);
  for (let times = 0; times < 3; times++) {
    await agent.want(app(BYTES));
    await agent.advance(2 * MINUTE);
    assertEquals(app1(agent)?.as, "bytes", `${times}`);
    await agent.want(APP);
    await agent.advance(2 * MINUTE);
    assertEquals(app1(agent)?.state, "failed", app1(agent)?.reason);
  }
  assertEquals(agent.runtime.bytes.removed, []);
});

Deno.test("bytes become an image by a login of the node once one namespace wants it open", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime();
  runtime.close(APP, "secret shop/regcred", "login file");
  const logins = scriptedLogins();
  const { agent } = await started(time, { wanted: [app(BYTES)], runtime, logins });
  await using _ = agent;
  logins.arrive("shop/regcred", APP);
  await agent.advance(1_000);
  assertEquals(app1(agent)?.as, "bytes");
  logins.own.push("login file");
  await agent.want(app(BYTES, { mode: "open", secrets: [] }));
  await agent.advance(2 * MINUTE);
  const { state, as } = app1(agent) ?? {};
  assertEquals({ state, as }, { state: "warm", as: undefined });
});

Deno.test("what is kept as bytes and may be open by now is pulled as an image", async () => {
  using time = new FakeTime();
  const { agent, logins } = await started(time, { wanted: [app(BYTES)] });
  await using _ = agent;
  logins.arrive("shop/regcred", APP);
  await agent.advance(1_000);
  await agent.want(app(OPEN));
  await agent.advance(2 * MINUTE);
  const { state, as } = app1(agent) ?? {};
  assertEquals({ state, as }, { state: "warm", as: undefined });
});

Deno.test("where open and bytes are wanted, bytes stay while nothing opens the image, and give way once it does", async () => {
  using time = new FakeTime();
  const desk: PrivateUse = { mode: "open", secrets: [{ namespace: "desk", name: "pull" }] };
  const runtime = scriptedRuntime();
  runtime.close(APP, "secret shop/regcred", "secret desk/pull");
  const { agent, logins } = await started(time, { wanted: [app(BYTES)], runtime });
  await using _ = agent;
  logins.arrive("shop/regcred", APP);
  await agent.advance(1_000);
  await agent.want(app(BYTES, desk));
  await agent.advance(2 * MINUTE);
  assertEquals(app1(agent)?.as, "bytes");
  logins.arrive("desk/pull", APP);
  await agent.advance(1_000);
  const { state, as } = app1(agent) ?? {};
  assertEquals({ state, as }, { state: "warm", as: undefined });
  assertEquals(runtime.logins.at(-1), ["image secret desk/pull", "bytes secret shop/regcred"]);
});

Deno.test("an open image of a namespace that now wants bytes stays as it is", async () => {
  using time = new FakeTime();
  const { agent, logins } = await started(time, { wanted: [app(OPEN)] });
  await using _ = agent;
  logins.arrive("shop/regcred", APP);
  await agent.advance(1_000);
  await agent.want(app(BYTES));
  await agent.advance(2 * MINUTE);
  assertEquals(app1(agent)?.state, "warm");
  assertEquals(agent.runtime.pulls.length, 2);
});

Deno.test("a moved tag of kubelet's image of which only bytes can be had makes no news each time", async () => {
  using time = new FakeTime();
  const runtime = closedRuntime();
  runtime.present.set(APP, { state: "usable", digest: DIGEST });
  const logins = scriptedLogins();
  logins.arrive("shop/regcred", APP);
  const wanted = [sampleWanted(APP, { private: [BYTES], refresh: true })];
  const options = { wanted, runtime, logins, refreshEveryMs: 10 * MINUTE };
  const { agent } = await started(time, options);
  await using _ = agent;
  await agent.advance(60 * MINUTE);
  assertEquals(runtime.pulls.length >= 4, true);
  assertEquals(agent.metrics.total("warm_images_refreshes_total", { result: "moved" }), 0);
  assertEquals(app1(agent)?.as, undefined);
});

Deno.test("a pull ends when the namespace takes its mark away in the middle of it", async () => {
  using time = new FakeTime();
  const runtime = closedRuntime();
  const { agent, logins } = await started(time, { wanted: [app(BYTES)], runtime });
  await using _ = agent;
  using _hold = runtime.hold(APP);
  logins.arrive("shop/regcred", APP);
  await agent.advance(1_000);
  assertEquals(runtime.pulling.size, 1);
  await agent.unwant(APP);
  await agent.advance(1_000);
  assertEquals(runtime.pulling.size, 0);
  assertEquals(runtime.bytes.kept.size, 0);
});

Deno.test("a secret that another one joins gives a refused image a new chance", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime();
  runtime.close(APP, "secret shop/other");
  const { agent, logins } = await started(time, { wanted: [app(BYTES)], runtime });
  await using _ = agent;
  logins.arrive("shop/regcred", APP);
  logins.arrive("shop/other", APP);
  await agent.advance(1_000);
  assertEquals(app1(agent)?.state, "failed");
  await agent.want(app({ mode: "bytes", secrets: [SHOP, { namespace: "shop", name: "other" }] }));
  await agent.advance(MINUTE);
  assertEquals(app1(agent)?.as, "bytes");
});

Deno.test("a container whose image kubelet makes of kept bytes counts as one that found it warm", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime({ bytes: 5, tellsUses: true });
  runtime.close(APP, "secret shop/regcred");
  const logins = scriptedLogins();
  logins.arrive("shop/regcred", APP);
  using hold = runtime.hold(APP);
  const { agent } = await started(time, { wanted: [app(BYTES)], runtime, logins });
  await using _ = agent;
  await agent.advance(7_000);
  hold.release();
  await agent.advance(MINUTE);
  runtime.pullAsKubelet(APP, DIGEST);
  runtime.use(APP);
  await agent.advance(MINUTE);
  const { metrics } = agent;
  assertEquals(metrics.total("warm_images_first_uses_total"), 1);
  assertEquals(metrics.total("warm_images_first_uses_from_bytes_total"), 1);
  assertEquals(metrics.total("warm_images_misses_total"), 0);
  assertEquals(metrics.total("warm_images_node_saved_seconds_total"), 8);
});

Deno.test("a container whose image kubelet pulled while its bytes came found it late", async () => {
  using time = new FakeTime();
  const runtime = scriptedRuntime({ bytes: 5, tellsUses: true });
  runtime.close(APP, "secret shop/regcred");
  const logins = scriptedLogins();
  logins.arrive("shop/regcred", APP);
  const { agent } = await started(time, { wanted: [app(BYTES)], runtime, logins });
  await using _ = agent;
  runtime.pullAsKubelet(APP, DIGEST);
  await agent.advance(MINUTE);
  assertEquals(agent.metrics.total("warm_images_late_total"), 1);
});

function closedRuntime() {
  const runtime = scriptedRuntime({ bytes: 5 });
  runtime.close(APP, "secret shop/regcred");
  return runtime;
}

function app(...uses: PrivateUse[]): WantedValue {
  return sampleWanted(APP, { private: uses });
}

function app1(agent: TestAgent) {
  return agent.report()?.images[APP];
}

async function started(
  time: FakeTime,
  { logins = scriptedLogins(), runtime = closedRuntime(), ...options }:
    & TestAgentOptions
    & { readonly logins?: ReturnType<typeof scriptedLogins> },
) {
  const agent = await startAgent(time, {
    ...options,
    runtime,
    deps: (deps) => ({ ...deps, logins }),
  });
  await agent.advance(1_000);
  return { agent, logins };
}
