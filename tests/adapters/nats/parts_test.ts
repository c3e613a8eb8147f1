import { assert, assertEquals, assertRejects } from "@std/assert";
import type { KvEntry, KvWatchOptions } from "nats";
import { QueuedIteratorImpl } from "nats/lib/nats-base-client/internal_mod.js";
import { NewestPerKey } from "../../../mod/adapters/nats/newest_per_key.ts";
import { watchFilters } from "../../../mod/adapters/nats/watch_filters.ts";
import { never } from "../../harness/signals.ts";

const arrival = (key: string, value: string) =>
  ({ type: "arrival", key, value, version: value }) as const;

Deno.test("NewestPerKey keeps the newest arrival per key, in the place of the first", async () => {
  const queue = new NewestPerKey();
  for (const [key, value] of [["a", "1"], ["b", "2"], ["a", "3"]] as const) {
    queue.push(arrival(key, value));
  }
  queue.markListed();
  queue.push(arrival("b", "4"));
  queue.push(arrival("c", "5"));
  queue.end();
  assertEquals(await queue.next(), arrival("a", "3"));
  assertEquals(await queue.next(), arrival("b", "4"));
  const listed = await queue.next();
  assert(listed?.type === "listed");
  assertEquals([...listed.keys], ["a", "b"]);
  assertEquals(await queue.next(), arrival("c", "5"));
  assertEquals(await queue.next(), undefined);
});

Deno.test("NewestPerKey lets its reader wait for the next arrival and for the end", async () => {
  const queue = new NewestPerKey();
  const first = queue.next();
  queue.push(arrival("a", "1"));
  assertEquals(await first, arrival("a", "1"));
  const second = queue.next();
  queue.end();
  assertEquals(await second, undefined);
});

Deno.test("watchFilters() ends all watches with the first that fails, whenever they open", async () => {
  const signal = never();
  for (let moments = 0; moments < 20; moments++) {
    const kv = {
      watch: async ({ key, initializedFn }: KvWatchOptions = {}) => {
        if (key === "fails") throw new Error("refused");
        for (let i = 0; i < moments; i++) await Promise.resolve();
        initializedFn?.();
        return new QueuedIteratorImpl<KvEntry>();
      },
    };
    const queue = new NewestPerKey();
    const bucket = { name: "b", stream: "KV_b", allowsDirect: true, kv };
    const requests = { request: () => Promise.reject(new Error("no look is asked for")) };
    const filters = { filters: ["fails", "opens"], looked: [] };
    const watching = watchFilters(requests, bucket, filters, { queue, signal });
    await assertRejects(() => watching, Error, "refused");
  }
});
