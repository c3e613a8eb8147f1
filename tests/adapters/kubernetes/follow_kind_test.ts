import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { delay } from "@std/async/delay";
import { RESTART_REASONS } from "../../../mod/adapters/kubernetes/watch_trouble.ts";
import { deployment, DEPLOYMENTS, FakeApiSession } from "../../harness/fakes/fake_api_session.ts";
import { waitUntil } from "../../harness/wait.ts";
import { knows, restarts, watching } from "./following.ts";

const { path: PATH } = DEPLOYMENTS;

Deno.test("a watch lists in pages, says when it is in sync, and follows changes", async () => {
  await using session = new FakeApiSession();
  for (let i = 0; i < 7; i++) session.server.objects.put(PATH, deployment(`d${i}`));
  const follower = session.follow({ pageLimit: 3 });
  await watching(session, follower);
  assertEquals(session.server.count("list"), 3);
  session.server.objects.put(PATH, deployment("new"));
  session.server.objects.delete(PATH, "d0");
  await knows(follower, "d1 d2 d3 d4 d5 d6 new");
  assertEquals(follower.count("synced"), 1);
});

Deno.test("restarts are counted from 0, by every reason that there is", async () => {
  await using session = new FakeApiSession();
  const follower = session.follow();
  await watching(session, follower);
  const shown = session.metrics.labels("warm_images_watch_restarts_total");
  const kind = "Deployment";
  assertEquals(shown, RESTART_REASONS.map((reason) => ({ kind, reason })));
  assertEquals(session.metrics.total("warm_images_watch_restarts_total"), 0);
});

Deno.test("a watch that ends is resumed without a list, and nothing in between is lost", async () => {
  await using session = new FakeApiSession();
  session.server.objects.put(PATH, deployment("a"));
  const follower = session.follow();
  await watching(session, follower);
  session.server.objects.put(PATH, deployment("b"));
  await knows(follower, "a b");
  await session.server.endWatches();
  session.server.objects.put(PATH, deployment("c"));
  await knows(follower, "a b c");
  assertEquals(session.server.count("list"), 1);
  assertEquals(restarts(session, "ended"), 1);
});

Deno.test("a bookmark moves the point from which a watch is resumed", async () => {
  await using session = new FakeApiSession();
  const follower = session.follow();
  await watching(session, follower);
  const object = { metadata: { resourceVersion: "777" } };
  session.server.send(JSON.stringify({ type: "BOOKMARK", object }) + "\n");
  await session.server.endWatches();
  await waitUntil("the watch is resumed", () => session.server.count("watch") === 2);
  const watch = session.server.requests.findLast(({ verb }) => verb === "watch");
  assertEquals(watch?.query.get("resourceVersion"), "777");
  assertEquals(watch?.query.get("allowWatchBookmarks"), "true");
  assertEquals(follower.count("put"), 0);
});

Deno.test("a dropped connection is resumed, and nothing in between is lost", async () => {
  await using session = new FakeApiSession();
  session.server.objects.put(PATH, deployment("a"));
  const follower = session.follow();
  await watching(session, follower);
  session.server.dropWatches();
  session.server.objects.delete(PATH, "a");
  session.server.objects.put(PATH, deployment("b"));
  await knows(follower, "b");
  assertEquals(restarts(session, "dropped"), 1);
  assertEquals(session.server.count("list"), 1);
  assertEquals(follower.count("down"), 0);
});

Deno.test("a connection that goes silent without an end is given up and resumed", async () => {
  await using session = new FakeApiSession();
  const follower = session.follow({ silenceMs: 1500 });
  await watching(session, follower);
  session.server.stallWatches();
  session.server.objects.put(PATH, deployment("a"));
  await knows(follower, "a");
  assert(restarts(session, "silent") >= 1);
});

Deno.test("a watch that is accepted and never answered is given up", async () => {
  await using session = new FakeApiSession();
  session.server.fail({ verb: "watch" }, { type: "hang" });
  const follower = session.follow({ openTimeoutMs: 1500 });
  await watching(session, follower);
  assertEquals(restarts(session, "silent"), 1);
});

Deno.test("a list that is never answered is given up and begun again", async () => {
  await using session = new FakeApiSession();
  session.server.objects.put(PATH, deployment("a"));
  session.server.fail({ verb: "list" }, { type: "hang" });
  const follower = session.follow({ listTimeoutMs: 1500 });
  await knows(follower, "a");
  assertEquals(restarts(session, "silent"), 1);
});

Deno.test("an event cut in the middle is fetched again", async () => {
  await using session = new FakeApiSession();
  session.server.objects.put(PATH, deployment("a"));
  session.server.fail({ verb: "watch" }, {
    type: "text",
    text: '{"type":"DELETED","object":{"metadata":{"na',
    then: "cut",
  });
  const follower = session.follow();
  await watching(session, follower);
  session.server.objects.put(PATH, deployment("b"));
  await knows(follower, "a b");
  assertEquals(restarts(session, "dropped"), 1);
});

Deno.test("a stream that ends politely in the middle of an event counts as dropped", async () => {
  await using session = new FakeApiSession();
  session.server.fail({ verb: "watch" }, { type: "text", text: '{"type":"ADDED"', then: "end" });
  await watching(session, session.follow());
  assertEquals(restarts(session, "dropped"), 1);
});

Deno.test("401 makes it read the token file again", async () => {
  await using session = new FakeApiSession();
  session.server.token = "first";
  const follower = session.follow();
  await watching(session, follower);
  session.server.token = "second";
  await session.server.endWatches();
  await waitUntil("401 was seen", () => restarts(session, "unauthorized") > 0);
  session.writeToken("second");
  session.server.objects.put(PATH, deployment("a"));
  await knows(follower, "a");
});

Deno.test("a token file that was renewed in time costs no attempt", async () => {
  await using session = new FakeApiSession();
  session.server.token = "first";
  const follower = session.follow();
  await watching(session, follower);
  session.writeToken("second");
  session.server.token = "second";
  await session.server.endWatches();
  session.server.objects.put(PATH, deployment("a"));
  await knows(follower, "a");
  assertEquals(restarts(session, "unauthorized"), 0);
});

Deno.test("403 is told once with verb and resource, and asked again slowly", async () => {
  await using session = new FakeApiSession();
  session.server.objects.put(PATH, deployment("a"));
  session.server.fail({ verb: "list", times: 3 }, { type: "status", status: 403 });
  const follower = session.follow();
  await waitUntil("the kind is down", () => follower.down !== "");
  const expected =
    "Cannot list deployments.apps in all namespaces: grant the verbs get, list and watch";
  assertEquals(follower.down, expected);
  await knows(follower, "a");
  assertEquals(session.logger.lines.filter(({ message }) => message === expected).length, 1);
  await waitUntil("it is up", () => follower.down === "");
});

Deno.test("a kind that the server does not have is asked for slowly", async () => {
  await using session = new FakeApiSession();
  session.server.fail({ verb: "list" }, { type: "status", status: 404 });
  const follower = session.follow({ refusedMs: 3_600_000, backoff: { baseMs: 1, maxMs: 1 } });
  await waitUntil("the kind is down", () => follower.down !== "");
  assertStringIncludes(follower.down, "does not have /apis/apps/v1/deployments");
  await delay(50);
  assertEquals(session.server.count("list"), 1);
});

for (const status of [429, 503]) {
  Deno.test(`${status} with Retry-After is not asked again before its time`, async () => {
    await using session = new FakeApiSession();
    session.server.fail({ verb: "list" }, { type: "status", status, retryAfterSeconds: 1 });
    const before = performance.now();
    await watching(session, session.follow());
    assert(performance.now() - before >= 1000);
    assertEquals(restarts(session, "throttled"), 1);
  });
}

Deno.test("a server that fails is asked again with growing pauses", async () => {
  await using session = new FakeApiSession();
  session.server.fail({ verb: "list", times: 4 }, { type: "status", status: 500 });
  const follower = session.follow();
  await watching(session, follower);
  assertEquals(restarts(session, "server_error"), 4);
  const told = session.logger.lines.filter(({ message }) => message.startsWith("Watch failed"));
  assertEquals(told.length, 1);
});

Deno.test("an event that is not JSON is named, counted and made up for by a list", async () => {
  await using session = new FakeApiSession();
  const follower = session.follow();
  await watching(session, follower);
  session.server.stallWatches();
  session.server.objects.put(PATH, deployment("a"));
  session.server.send('{"type":"ADDED","object":{"secret":"s3cr3t"\n');
  await knows(follower, "a");
  assertEquals(restarts(session, "broken_event"), 1);
  const line = session.logger.lines.find(({ level }) => level === "warn");
  assertStringIncludes(line?.message ?? "", "an event of deployments.apps");
  assert(!JSON.stringify(session.logger.lines).includes("s3cr3t"));
});

Deno.test("an event without an end is given up at the length limit", async () => {
  await using session = new FakeApiSession();
  const follower = session.follow({ maxLineLength: 1000 });
  await watching(session, follower);
  session.server.send("x".repeat(1001));
  await waitUntil("it lists again", () => follower.count("synced") === 2);
  assertEquals(restarts(session, "broken_event"), 1);
});

Deno.test("a watch that ends at once again and again is paused for", async () => {
  await using session = new FakeApiSession();
  session.server.fail({ verb: "watch", times: 3 }, { type: "text", text: "", then: "end" });
  const follower = session.follow({ minWatchMs: 1000 });
  await waitUntil("it holds", () => session.server.watches === 1);
  assertEquals(restarts(session, "dropped"), 3);
  assertEquals(restarts(session, "ended"), 0);
  assertEquals(follower.down, "");
});

Deno.test("a watch ends quietly when it is told to, wherever it is", async () => {
  for (const verb of ["list", "watch"] as const) {
    await using session = new FakeApiSession();
    session.server.fail({ verb }, { type: "hang" });
    session.follow();
    await waitUntil(`${verb} hangs`, () => session.server.count(verb) === 1);
  }
});
