import { assert, assertEquals, assertRejects } from "@std/assert";
import type { StateStore } from "../../mod/ports/state_store.ts";
import { ValueTooLargeError } from "../../mod/pure/bucket/store_errors.ts";
import { realTest } from "../harness/servers/skipping.ts";
import { followed } from "../harness/followed.ts";
import { never } from "../harness/signals.ts";

/** An empty bucket that can be used, and a hand that changes the world around it. */
export interface StoreUnderTest extends AsyncDisposable {
  readonly store: StateStore;
  /** Another program's handle on the same bucket. */
  readonly another: StateStore;
  /** The largest value that fits, in bytes, give or take a hundred. */
  readonly maxBytes: number;
  /** Takes the store away from both handles; its data stays. */
  cut(): Promise<void>;
  /** Gives it back; resolves when both can write. */
  restore(): Promise<void>;
  /** Loses the data; resolves when both can write again. */
  wipe(): Promise<void>;
}

/** Registers what holds for every `StateStore`; `skip` says why it cannot run here. */
export function stateStoreConformance(
  name: string,
  open: () => Promise<StoreUnderTest>,
  skip?: string,
): void {
  for (const property of PROPERTIES) {
    realTest(`${name} ${property.name}`, skip, async () => {
      await using harness = await open();
      await property.check(harness);
    });
  }
}

const PROPERTIES: readonly { name: string; check(harness: StoreUnderTest): Promise<void> }[] = [
  {
    name: "begins an empty follow with a reset, then synced",
    async check({ store }) {
      await using tail = followed(store, "wanted.>");
      await tail.untilSynced();
      assertEquals(tail.changes.map(({ type }) => type), ["reset", "synced"]);
    },
  },
  {
    name: "lists what there is between reset and synced, each key once and with its newest value",
    async check({ store, another }) {
      await store.put("wanted.a", "1", { signal: never() });
      await store.put("wanted.b", "2", { signal: never() });
      await store.put("wanted.a", "3", { signal: never() });
      await using tail = followed(another, "wanted.>");
      await tail.untilHeld({ "wanted.a": "3", "wanted.b": "2" });
      assertEquals(tail.changes.map(({ type }) => type), ["reset", "put", "put", "synced"]);
    },
  },
  {
    name: "tells changes as they come, to every follower",
    async check({ store, another }) {
      await using near = followed(store, "wanted.>");
      await using far = followed(another, "wanted.>");
      await Promise.all([near.untilSynced(), far.untilSynced()]);
      await store.put("wanted.a", "1", { signal: never() });
      await another.put("wanted.b", "2", { signal: never() });
      for (const tail of [near, far]) await tail.untilHeld({ "wanted.a": "1", "wanted.b": "2" });
      await another.put("wanted.a", "3", { signal: never() });
      await store.delete("wanted.b", { signal: never() });
      for (const tail of [near, far]) await tail.untilHeld({ "wanted.a": "3" });
      assertEquals([near.resets, far.resets], [1, 1]);
    },
  },
  {
    name: "does not list a deleted key",
    async check({ store }) {
      await store.put("wanted.a", "1", { signal: never() });
      await store.put("wanted.b", "2", { signal: never() });
      await store.delete("wanted.a", { signal: never() });
      await using tail = followed(store, "wanted.>");
      await tail.untilHeld({ "wanted.b": "2" });
      assertEquals(tail.changes.length, 3);
    },
  },
  {
    name: "tells what matches any filter, and syncs once for all of them",
    async check({ store }) {
      const keys = ["meta", "wanted.a", "wanted.a.b", "wantedly.a", "node.x", "node.xy"];
      for (const key of keys) await store.put(key, key, { signal: never() });
      await using tail = followed(store, "wanted.>", "meta", "node.x", "report.none");
      const matching = ["meta", "wanted.a", "wanted.a.b", "node.x"];
      await tail.untilHeld(Object.fromEntries(matching.map((key) => [key, key])));
      assertEquals(tail.changes.filter(({ type }) => type === "synced").length, 1);
      assertEquals(tail.changes.at(-1)?.type, "synced");
    },
  },
  {
    name: "keeps any text and any key that the bucket's rules allow",
    async check({ store, another }) {
      const key = "wanted.docker.io/library/app=3Av1.2-x_y";
      for (const text of ["", "{}", "line\nline\r\n\0", "über 🐳", '"quoted" \\ back']) {
        await store.put(key, text, { signal: never() });
        await using tail = followed(another, key);
        await tail.untilHeld({ [key]: text });
      }
    },
  },
  {
    name: "does not mind deleting a key that is not there",
    async check({ store }) {
      await store.delete("wanted.nobody", { signal: never() });
      await using tail = followed(store, "wanted.>");
      await tail.untilHeld({});
    },
  },
  {
    name: "refuses a value that is far too large, and goes on",
    async check({ store, maxBytes }) {
      const error = await assertRejects(
        () => store.put("wanted.a", "x".repeat(10 * maxBytes), { signal: never() }),
        ValueTooLargeError,
      );
      assertEquals([error.key, error.bytes], ["wanted.a", 10 * maxBytes]);
      assert(Math.abs(error.maxBytes - maxBytes) < 100, `limit ${error.maxBytes}`);
      await store.put("wanted.a", "x".repeat(maxBytes - 100), { signal: never() });
      await using tail = followed(store, "wanted.>");
      await tail.untilHeld({ "wanted.a": "x".repeat(maxBytes - 100) });
    },
  },
  {
    name: "writes nothing once the signal has aborted, and gives its reason",
    async check({ store }) {
      const signal = AbortSignal.abort(new Error("told to stop"));
      await assertRejects(() => store.put("wanted.a", "1", { signal }), Error, "told to stop");
      await assertRejects(() => store.delete("wanted.a", { signal }), Error, "told to stop");
      await using tail = followed(store, "wanted.>");
      await tail.untilHeld({});
    },
  },
  {
    name: "ends a follow quietly when its signal aborts",
    async check({ store }) {
      const already = store.follow(["wanted.>"], { signal: AbortSignal.abort() });
      for await (const change of already) throw new Error(`Told ${change.type} after the end`);
      const tail = followed(store, "wanted.>");
      await tail.untilSynced();
      await tail[Symbol.asyncDispose]();
      await store.put("wanted.a", "1", { signal: never() });
      assertEquals(tail.changes.length, 2);
    },
  },
  {
    name: "ends a follow when its reader leaves the loop",
    async check({ store }) {
      for await (const change of store.follow(["wanted.>"], { signal: never() })) {
        if (change.type === "synced") break;
      }
    },
  },
  {
    name: "lets a slow reader end with the newest value of each key",
    async check({ store }) {
      const stop = new AbortController();
      const changes = store.follow(["wanted.>"], { signal: stop.signal })[Symbol.asyncIterator]();
      await changes.next();
      await changes.next();
      for (let i = 1; i <= 50; i++) {
        await store.put(`wanted.${i % 3}`, String(i), { signal: never() });
      }
      const held = new Map<string, string>();
      const newest = ["48", "49", "50"];
      while (newest.some((value, i) => held.get(`wanted.${i}`) !== value)) {
        const { value: change } = await changes.next();
        assert(change?.type === "put", `told ${change?.type}`);
        held.set(change.key, change.value);
      }
      stop.abort();
      await changes.return?.();
    },
  },
  {
    name: "throws on a write while it is cut off, and afterwards goes on without a reset",
    async check({ store, another, cut, restore }) {
      await store.put("wanted.a", "1", { signal: never() });
      await using tail = followed(another, "wanted.>");
      await tail.untilHeld({ "wanted.a": "1" });
      await cut();
      await assertRejects(() => store.put("wanted.b", "2", { signal: never() }), Error, "wanted.b");
      await assertRejects(() => store.delete("wanted.a", { signal: never() }), Error, "wanted.a");
      await restore();
      await store.put("wanted.b", "3", { signal: never() });
      await tail.untilHeld({ "wanted.a": "1", "wanted.b": "3" });
      assertEquals(tail.changes.map(({ type }) => type), ["reset", "put", "synced", "put"]);
    },
  },
  {
    name: "begins a follow that was asked for while it is cut off",
    async check({ store, cut, restore }) {
      await store.put("wanted.a", "1", { signal: never() });
      await cut();
      await using tail = followed(store, "wanted.>");
      await restore();
      await tail.untilHeld({ "wanted.a": "1" });
    },
  },
  {
    name: "begins every follow anew when the data was lost",
    async check({ store, another, wipe }) {
      await store.put("wanted.a", "1", { signal: never() });
      await using near = followed(store, "wanted.>");
      await using far = followed(another, "wanted.>");
      for (const tail of [near, far]) await tail.untilHeld({ "wanted.a": "1" });
      await wipe();
      for (const tail of [near, far]) await tail.untilHeld({});
      assertEquals([near.resets, far.resets], [2, 2]);
      await store.put("wanted.b", "2", { signal: never() });
      for (const tail of [near, far]) await tail.untilHeld({ "wanted.b": "2" });
    },
  },
];
