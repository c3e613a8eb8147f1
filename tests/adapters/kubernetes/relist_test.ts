import { assert, assertEquals } from "@std/assert";
import { deployment, DEPLOYMENTS, FakeApiSession } from "../../harness/fakes/fake_api_session.ts";
import { waitUntil } from "../../harness/wait.ts";
import { knows, restarts, watching } from "./following.ts";

const { path: PATH } = DEPLOYMENTS;

Deno.test("a page cut in the middle is asked for again, and no other page", async () => {
  await using session = new FakeApiSession();
  for (let i = 0; i < 4; i++) session.server.objects.put(PATH, deployment(`d${i}`));
  session.server.fail({ verb: "list", laterPage: true }, { type: "cut" });
  const follower = session.follow({ pageLimit: 2 });
  await watching(session, follower);
  await knows(follower, "d0 d1 d2 d3");
  assertEquals(session.server.asked(PATH), ["list", "list 2", "list 2", "watch"]);
  assertEquals(follower.count("reset"), 1);
  assertEquals(follower.count("put"), 4);
  assertEquals(follower.count("synced"), 1);
});

Deno.test("429 on page 240 of 250 costs one more request", async () => {
  await using session = new FakeApiSession();
  for (let i = 0; i < 500; i++) session.server.objects.put(PATH, deployment(`d${i}`));
  const fault = { type: "status", status: 429, retryAfterSeconds: 1 } as const;
  session.server.fail({ verb: "list", pageAfter: 478 }, fault);
  const before = performance.now();
  const follower = session.follow({ pageLimit: 2 });
  await watching(session, follower);
  assert(performance.now() - before >= 1000);
  assertEquals(session.server.count("list"), 251);
  assertEquals(session.server.count("watch"), 1);
  assertEquals(follower.count("put"), 500);
  assertEquals(follower.count("reset"), 1);
});

Deno.test("a page that keeps failing makes the list begin again", async () => {
  await using session = new FakeApiSession();
  for (let i = 0; i < 4; i++) session.server.objects.put(PATH, deployment(`d${i}`));
  session.server.fail({ verb: "list", laterPage: true, times: 3 }, { type: "status", status: 500 });
  const follower = session.follow({ pageLimit: 2, pageTries: 3 });
  await watching(session, follower);
  assertEquals(session.server.asked(PATH), [
    ...["list", "list 2", "list 2", "list 2"],
    ...["list", "list 2", "watch"],
  ]);
  assertEquals(restarts(session, "server_error"), 1);
  assertEquals(follower.count("synced"), 1);
});

Deno.test("a page that is never answered is given up and asked for again", async () => {
  await using session = new FakeApiSession();
  for (let i = 0; i < 4; i++) session.server.objects.put(PATH, deployment(`d${i}`));
  session.server.fail({ verb: "list", laterPage: true }, { type: "hang" });
  const follower = session.follow({ pageLimit: 2, listTimeoutMs: 1500 });
  await watching(session, follower);
  assertEquals(session.server.asked(PATH), ["list", "list 2", "list 2", "watch"]);
});

Deno.test("410 as a status makes it list again, and what was deleted meanwhile is gone", async () => {
  await using session = new FakeApiSession();
  session.server.objects.put(PATH, deployment("a"));
  const follower = session.follow();
  await watching(session, follower);
  await session.server.endWatches();
  session.server.objects.delete(PATH, "a");
  session.server.objects.put(PATH, deployment("b"));
  session.server.objects.compact();
  await knows(follower, "b");
  assertEquals(restarts(session, "expired"), 1);
  assertEquals(session.server.count("list"), 2);
});

Deno.test("410 as an ERROR event makes it list again", async () => {
  await using session = new FakeApiSession();
  session.server.objects.put(PATH, deployment("a"));
  const follower = session.follow();
  await watching(session, follower);
  session.server.stallWatches(); // what comes now is only in the next list
  session.server.objects.put(PATH, deployment("b"));
  const object = { kind: "Status", status: "Failure", reason: "Expired", code: 410 };
  session.server.send(JSON.stringify({ type: "ERROR", object }) + "\n");
  await knows(follower, "a b");
  assertEquals(restarts(session, "expired"), 1);
});

Deno.test("410 in the middle of paging begins the list again", async () => {
  await using session = new FakeApiSession();
  for (let i = 0; i < 4; i++) session.server.objects.put(PATH, deployment(`d${i}`));
  session.server.fail({ verb: "list", laterPage: true }, {
    type: "status",
    status: 410,
    reason: "Expired",
  });
  const follower = session.follow({ pageLimit: 2 });
  await watching(session, follower);
  assertEquals(session.server.count("list"), 4);
  assertEquals(restarts(session, "expired"), 1);
  assertEquals(follower.names.size, 4);
});

for (const status of [429, 500, 502, 503, 504]) {
  Deno.test(`four ${status} to a watch cost no list`, async () => {
    await using session = new FakeApiSession();
    session.server.objects.put(PATH, deployment("a"));
    session.server.fail({ verb: "watch", times: 4 }, { type: "status", status });
    const follower = session.follow();
    await watching(session, follower);
    session.server.objects.put(PATH, deployment("b"));
    await knows(follower, "a b");
    assertEquals(session.server.count("watch"), 5);
    // But for 429 another server may be behind the address: one object is read to find out.
    const looks = limitsOfLists(session).slice(1);
    assertEquals(looks, status === 429 ? [] : ["1", "1", "1"]);
    assertEquals(follower.count("reset"), 1);
  });
}

Deno.test("a watch that is refused with Retry-After is not opened before its time", async () => {
  await using session = new FakeApiSession();
  const fault = { type: "status", status: 429, retryAfterSeconds: 1 } as const;
  session.server.fail({ verb: "watch" }, fault);
  const before = performance.now();
  await watching(session, session.follow());
  assert(performance.now() - before >= 1000);
  assertEquals(session.server.asked(PATH), ["list", "watch", "watch"]);
});

Deno.test("a right to watch that is missing costs no list each time it is asked for", async () => {
  await using session = new FakeApiSession();
  session.server.fail({ verb: "watch", times: 3 }, { type: "status", status: 403 });
  const follower = session.follow();
  await watching(session, follower);
  await waitUntil("it is up", () => follower.down === "");
  assertEquals(session.server.asked(PATH), ["list", "watch", "watch", "watch", "watch"]);
});

Deno.test("an ERROR event of a passing failure makes it resume where it was", async () => {
  await using session = new FakeApiSession();
  const follower = session.follow();
  await watching(session, follower);
  session.server.objects.put(PATH, deployment("a"));
  await knows(follower, "a");
  session.server.send(errorEvent(500, "InternalError"));
  await waitUntil("it is resumed", () => session.server.count("watch") === 2);
  assertEquals(session.server.asked(PATH), ["list", "watch", "watch"]);
});

Deno.test("an ERROR event before any other makes it list again", async () => {
  await using session = new FakeApiSession();
  const follower = session.follow();
  await watching(session, follower);
  session.server.send(errorEvent(500, "InternalError"));
  await waitUntil("it listed again", () => follower.count("synced") === 2);
  assertEquals(session.server.count("list"), 2);
});

Deno.test('"Too large resource version" makes it list again', async () => {
  await using session = new FakeApiSession();
  const follower = session.follow();
  await watching(session, follower);
  session.server.objects.put(PATH, deployment("a"));
  await knows(follower, "a");
  session.server.send(errorEvent(504, "Timeout", "Too large resource version: 9, current: 5"));
  await waitUntil("it listed again", () => follower.count("synced") === 2);
  assertEquals(restarts(session, "expired"), 1);
});

Deno.test("a server that is away costs nothing that is known, and the watch is resumed", async () => {
  await using session = new FakeApiSession();
  session.server.objects.put(PATH, deployment("a"));
  session.server.objects.put(PATH, deployment("b"));
  const follower = session.follow();
  await watching(session, follower);
  await session.server.stop();
  await waitUntil("it is down", () => follower.down !== "");
  assertEquals([...follower.names], ["a", "b"]);
  session.server.objects.delete(PATH, "a");
  session.server.start();
  await knows(follower, "b");
  assertEquals(follower.count("synced"), 1);
  assertEquals(session.server.asked(PATH), ["list", "watch", "list", "watch"]);
  assertEquals(limitsOfLists(session).at(-1), "1");
  await waitUntil("it is up", () => follower.down === "");
});

Deno.test("a server that comes back with an older state is listed, once", async () => {
  await using session = new FakeApiSession();
  session.server.objects.put(PATH, deployment("a"));
  session.server.objects.put(PATH, deployment("lost"));
  const follower = session.follow();
  await watching(session, follower);
  await session.server.stop();
  await waitUntil("it is down", () => follower.down !== "");
  session.server.objects.empty();
  session.server.objects.put(PATH, deployment("a"));
  session.server.start();
  await knows(follower, "a");
  await watching(session, follower);
  assertEquals(session.server.asked(PATH), ["list", "watch", "list", "list", "watch"]);
  assertEquals(limitsOfLists(session), ["100", "1", "100"]);
  const [line] = session.logger.lines.filter(({ level }) => level === "warn");
  assertEquals(line?.message, "API server went back in time, listing again");
});

Deno.test("a watch that waits for a version of the server's future is found by its silence", async () => {
  await using session = new FakeApiSession();
  session.server.objects.put(PATH, deployment("a"));
  const follower = session.follow({ silenceMs: 1500 });
  await watching(session, follower);
  session.server.objects.empty(); // a standby takes over with an older state, without an outage
  session.server.objects.put(PATH, deployment("b"));
  await knows(follower, "b");
});

Deno.test("a server that comes back empty is believed", async () => {
  await using session = new FakeApiSession();
  session.server.objects.put(PATH, deployment("a"));
  const follower = session.follow();
  await watching(session, follower);
  await session.server.stop();
  await waitUntil("it is down", () => follower.down !== "");
  session.server.objects.empty();
  session.server.start();
  await knows(follower, "");
  session.server.objects.put(PATH, deployment("b"));
  await knows(follower, "b");
});

Deno.test("after a while the end of a watch is followed by a list", async () => {
  await using session = new FakeApiSession();
  const follower = session.follow({ relistMs: 0 });
  await watching(session, follower);
  await session.server.endWatches();
  await waitUntil("it listed again", () => follower.count("synced") === 2);
});

Deno.test("a list is not repeated before a day has passed, give or take a tenth", async () => {
  for (const { hours, lists } of [{ hours: 21, lists: 1 }, { hours: 27, lists: 2 }]) {
    await using session = new FakeApiSession();
    await watching(session, session.follow());
    using _later = clockAheadBy(hours * 60 * 60_000);
    await session.server.endWatches();
    await waitUntil("it is watched again", () => session.server.count("watch") === 2);
    assertEquals(session.server.count("list"), lists);
  }
});

/** Lets `performance.now()` tell a later time until disposed of. */
function clockAheadBy(ms: number): Disposable {
  const { now } = performance;
  performance.now = () => now.call(performance) + ms;
  return { [Symbol.dispose]: () => void (performance.now = now) };
}

/** The `limit` of each list so far. */
function limitsOfLists(session: FakeApiSession): string[] {
  return session.server.requests.filter(({ verb }) => verb === "list")
    .map(({ query }) => query.get("limit") ?? "");
}

function errorEvent(code: number, reason: string, message = ""): string {
  const object = { kind: "Status", status: "Failure", reason, message, code };
  return JSON.stringify({ type: "ERROR", object }) + "\n";
}
