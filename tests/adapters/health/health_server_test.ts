import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { systemClock } from "../../../mod/adapters/clock.ts";
import { type HealthServer, openHealth } from "../../../mod/adapters/health/health_server.ts";
import { HealthState } from "../../../mod/adapters/health/health_state.ts";
import { fakeClock } from "../../harness/fakes/fake_clock.ts";

const METRICS = { contentType: "text/plain; version=0.0.4", text: () => Promise.resolve("m 1\n") };

Deno.test("/readyz answers 503 and why until every condition holds, then 200", async () => {
  const state = new HealthState(systemClock);
  await using server = open(state);
  assertEquals((await get(server, "/readyz")).status, 503);
  state.set("nats", false, "Cannot connect");
  const waiting = await get(server, "/readyz");
  assertEquals(waiting.status, 503);
  const body = JSON.parse(waiting.text);
  assertEquals([body.ready, body.conditions.nats.reason], [false, "Cannot connect"]);
  state.set("nats", true);
  assertEquals((await get(server, "/readyz")).status, 200);
});

Deno.test("/livez answers 200 while the loop turns, and 503 when it does not", async () => {
  using time = new FakeTime();
  const state = new HealthState(fakeClock());
  await using server = open(state);
  assertEquals(await get(server, "/livez"), { status: 200, text: "ok\n", type: PLAIN });
  time.tick(61_000);
  const stuck = await get(server, "/livez");
  assertEquals([stuck.status, stuck.text], [503, "The loop has not turned for 61 s\n"]);
});

Deno.test("/metrics answers in the format its content type says", async () => {
  await using server = open();
  assertEquals(await get(server, "/metrics"), {
    status: 200,
    text: "m 1\n",
    type: METRICS.contentType,
  });
});

Deno.test("/ lists what is there, and anything else is not found", async () => {
  await using server = open();
  const root = await get(server, "/");
  assertEquals([root.status, root.text], [200, "a title\n\n/livez\n/readyz\n/metrics\n"]);
  assertEquals((await get(server, "/livez/")).status, 404);
  assertEquals((await get(server, "/%2e%2e/etc/passwd")).status, 404);
});

Deno.test("HEAD answers as GET without a body, other methods are refused", async () => {
  await using server = open();
  const head = await get(server, "/livez", { method: "HEAD" });
  assertEquals([head.status, head.text], [200, ""]);
  const post = await get(server, "/livez", { method: "POST", body: "x".repeat(100_000) });
  assertEquals(post.status, 405);
});

Deno.test("an address that is taken is refused with what to do about it", async () => {
  await using server = open();
  const error = assertThrows(() => openHealth({ ...options(), address: server.address }), Error);
  assertStringIncludes(error.message, `:${server.address?.port}": another program listens there`);
  assertStringIncludes(error.message, "--health-address (HEALTH_ADDRESS)");
});

Deno.test("without an address nothing is served", async () => {
  await using server = openHealth({ ...options(), address: undefined });
  assertEquals(server.address, undefined);
});

Deno.test("closing lets an answer under way finish, and frees the address", async () => {
  const asked = Promise.withResolvers<void>();
  const figures = Promise.withResolvers<string>();
  const text = () => {
    asked.resolve();
    return figures.promise;
  };
  const server = openHealth({ ...options(), metrics: { ...METRICS, text } });
  const { address } = server;
  const answer = get(server, "/metrics");
  await asked.promise;
  const closed = server[Symbol.asyncDispose]();
  figures.resolve("late 1\n");
  assertEquals((await answer).text, "late 1\n");
  await closed;
  await using again = openHealth({ ...options(), address });
  assertEquals(again.address, address);
});

const PLAIN = "text/plain; charset=utf-8";

function options(state = new HealthState(systemClock)) {
  return { address: { hostname: "127.0.0.1", port: 0 }, state, metrics: METRICS, title: "a title" };
}

function open(state?: HealthState): HealthServer {
  return openHealth(options(state));
}

async function get(server: HealthServer, path: string, init: RequestInit = {}) {
  const { hostname, port } = server.address ?? { hostname: "", port: 0 };
  const response = await fetch(`http://${hostname}:${port}${path}`, init);
  const text = await response.text();
  return { status: response.status, text, type: response.headers.get("content-type") };
}
