import { assertEquals, assertRejects } from "@std/assert";
import { FleetView } from "../../mod/flow/fleet_view.ts";
import {
  followFleet,
  readBeats,
  readKeys,
  readReports,
  readReportsOf,
} from "../../mod/flow/read_fleet.ts";
import {
  beatKey,
  nodeKey,
  partKey,
  reportKey,
  wantedKey,
} from "../../mod/pure/bucket/state_keys.ts";
import { type MemoryStore, memoryStore } from "../harness/fakes/memory_store.ts";

const AT = "2026-11-27T10:00:00.000Z";
const NOW = Date.parse("2026-11-27T10:01:00.000Z");
const { signal } = new AbortController();
const clock = { wallMs: () => NOW, monotonicMs: () => 5_000 };
const warm = { state: "warm", since: AT };

Deno.test("beats tell how nodes do without their reports", async () => {
  const store = await filled();
  const view = new FleetView(clock);
  await readBeats(store, view, { signal });
  assertEquals([...view.fleet.nodes.keys()].toSorted(), ["a", "b"]);
  assertEquals(view.fleet.nodes.get("a")?.beat?.images.warm, 3);
  assertEquals(view.fleet.nodes.get("a")?.report, undefined);
  assertEquals([view.meta?.writer, view.wanted.size], ["w", 1]);
});

Deno.test("a sign is as old as the agent says it is", async () => {
  const view = new FleetView(clock);
  await readBeats(await filled(), view, { signal });
  assertEquals(view.fleet.nodes.get("a")?.seenAt, 5_000 - 60_000);
});

Deno.test("reports of some nodes come with all their parts", async () => {
  const store = await filled();
  const view = new FleetView(clock);
  await readReportsOf(["a", "gone"], store, view, { signal });
  assertEquals([...view.fleet.nodes.keys()], ["a"]);
  assertEquals(view.fleet.nodes.get("a")?.counts.get("warm"), 3);
});

Deno.test("reports of all nodes come with all their parts", async () => {
  const view = new FleetView(clock);
  await readReports(await filled(), view, { signal });
  assertEquals([...view.fleet.nodes.values()].map(({ counts }) => counts.get("warm")), [3, 1]);
});

Deno.test("more keys than are asked at a time are all read, and missing ones left out", async () => {
  const store = memoryStore();
  const keys = Array.from({ length: 100 }, (_, n) => wantedKey(`x:${n}`));
  for (const key of keys.slice(1)) await store.put(key, "1", { signal });
  assertEquals([...(await readKeys(keys, store, { signal })).keys()], keys.slice(1));
});

Deno.test("reading ends with the reason of the signal", async () => {
  const store = await filled();
  store.cut();
  const ended = new AbortController();
  const reading = readBeats(store, new FleetView(clock), { signal: ended.signal });
  ended.abort(new Error("enough"));
  await assertRejects(() => reading, Error, "enough");
});

Deno.test("a followed bucket is kept up to date, deletions and another bucket included", async () => {
  const store = await filled();
  const ended = new AbortController();
  const view = new FleetView(clock);
  let change = Promise.withResolvers<void>();
  const until = async (isSo: () => boolean) => {
    while (!isSo()) await change.promise;
  };
  const changed = () => {
    change.resolve();
    change = Promise.withResolvers();
  };
  const following = followFleet(store, view, { signal: ended.signal, changed });
  await until(() => view.synced);
  assertEquals(view.fleet.nodes.get("a")?.counts.get("warm"), 3);
  await store.delete(nodeKey("b"), { signal });
  await store.delete(reportKey("b"), { signal });
  await until(() => view.fleet.nodes.size === 1);
  await store.put(beatKey("a"), beat("a"), { signal });
  await until(() => view.fleet.nodes.get("a")?.seenAt === 5_000);
  store.wipe();
  await until(() => view.synced && view.fleet.nodes.size === 0);
  assertEquals([view.meta, view.wanted.size], [undefined, 0]);
  ended.abort();
  await following;
});

Deno.test("a bucket of a later version is told, and what can be read of it is shown", async () => {
  const store = await filled();
  await store.put("meta", JSON.stringify({ v: 2, novelty: true }), { signal });
  await store.put(nodeKey("c"), JSON.stringify({ v: 2 }), { signal });
  const view = new FleetView(clock);
  await readBeats(store, view, { signal });
  assertEquals([view.laterVersion, view.meta], [2, undefined]);
  assertEquals([...view.fleet.nodes.keys()].toSorted(), ["a", "b"]);
  assertEquals([...view.unreadable.keys()].toSorted(), ["meta", nodeKey("c")]);
});

async function filled(): Promise<MemoryStore> {
  const store = memoryStore();
  const values = {
    meta: { v: 1, source: "kubernetes", writer: "w", since: AT },
    [wantedKey("x:1")]: { v: 1, reference: "x:1", priority: 0, placements: [{}], pullSecrets: [] },
    [nodeKey("a")]: node("a"),
    [nodeKey("b")]: node("b"),
    [partKey(2, "a")]: { v: 1, node: "a", at: AT, images: { "y:1": warm } },
    [partKey(3, "a")]: { v: 1, node: "a", at: AT, images: { "z:1": warm } },
    [reportKey("a")]: { v: 1, node: "a", agent: "0", at: AT, images: { "x:1": warm }, parts: 3 },
    [reportKey("b")]: { v: 1, node: "b", agent: "0", at: AT, images: { "x:1": warm } },
  };
  for (const [key, value] of Object.entries(values)) {
    await store.put(key, JSON.stringify(value), { signal });
  }
  await store.put(beatKey("a"), beat("a"), { signal });
  return store;
}

function beat(node: string): string {
  const images = { wanted: 3, warm: 3, pulling: 0, waiting: 0, failed: 0 };
  return JSON.stringify({ v: 1, node, agent: "0", at: AT, images });
}

function node(name: string) {
  const where = { labels: {}, taints: [], architecture: "amd64", os: "linux" };
  return { v: 1, name, uid: name, ...where, unschedulable: false, skip: false };
}
