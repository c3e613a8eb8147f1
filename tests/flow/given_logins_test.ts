// How logins for nodes are written to the bucket.
import { assert, assertEquals, assertRejects } from "@std/assert";
import { GivenLogins } from "../../mod/flow/given_logins.ts";
import type { StateStore } from "../../mod/ports/state_store.ts";
import type { SealedValue } from "../../mod/pure/bucket/sealed_wire.ts";
import { ValueTooLargeError } from "../../mod/pure/bucket/store_errors.ts";
import { fakeClock } from "../harness/fakes/fake_clock.ts";
import { memoryStore, storeWith } from "../harness/fakes/memory_store.ts";
import { recordings } from "../harness/fakes/quiet.ts";
import { scriptedLeadership } from "../harness/fakes/scripted_leadership.ts";

const VALUE = { v: 1, image: "reg.lab/app:1" } as SealedValue;
const { signal } = new AbortController();
const wishes = Array.from({ length: 200 }, (_, at) => ({ key: `sealed.n${at}.x` }));

Deno.test("one login that cannot be written is named, and all others are", async () => {
  const bucket = memoryStore();
  const { given, logger } = givenTo(storeWith(bucket, {
    put: (key, value, options) =>
      key === "sealed.n7.x"
        ? Promise.reject(new ValueTooLargeError(key, 2, 1))
        : bucket.put(key, value, options),
  }));
  await given.give(wishes, () => Promise.resolve(VALUE), signal);
  assertEquals(bucket.values.size, 199);
  assertEquals(logger.lines.map(({ fields }) => fields["key"]), ["sealed.n7.x"]);
});

Deno.test("one login that cannot be encrypted is named, and all others are given", async () => {
  const bucket = memoryStore();
  const { given, logger } = givenTo(bucket);
  const make = ({ key }: { readonly key: string }) =>
    key === "sealed.n7.x" ? Promise.reject(new Error("Invalid key")) : Promise.resolve(VALUE);
  await given.give(wishes, make, signal);
  assertEquals([bucket.values.size, logger.lines.length], [199, 1]);
});

Deno.test("one that cannot be taken away keeps no other from it, and is tried again", async () => {
  const bucket = memoryStore();
  let fails = true;
  const { given } = givenTo(storeWith(bucket, {
    delete: (key, options) =>
      fails && key === "sealed.n7.x"
        ? Promise.reject(new Error("timeout"))
        : bucket.delete(key, options),
  }));
  await given.give(wishes, () => Promise.resolve(VALUE), signal);
  await given.keepOnly(new Set(), signal);
  assertEquals([...bucket.values.keys()], ["sealed.n7.x"]);
  fails = false;
  await given.keepOnly(new Set(), signal);
  assertEquals([bucket.values.size, given.size], [0, 0]);
});

Deno.test("a bucket that takes nothing is asked no further, and fills no log", async () => {
  let asked = 0;
  const { given, logger } = givenTo(storeWith(memoryStore(), {
    put: () => Promise.reject(new Error(`no answer ${++asked}`)),
  }));
  const giving = given.give(wishes, () => Promise.resolve(VALUE), signal);
  await assertRejects(() => giving, Error, "no answer");
  assert(asked <= 64, `${asked} writes`);
  assert(logger.lines.length <= 3, `${logger.lines.length} lines`);
});

Deno.test("who does not lead any more writes no more", async () => {
  const bucket = memoryStore();
  const { given, leadership } = givenTo(bucket);
  leadership.expire();
  await given.give(wishes, () => Promise.resolve(VALUE), signal);
  assertEquals(bucket.values.size, 0);
});

function givenTo(store: StateStore) {
  const recorded = recordings();
  const leadership = scriptedLeadership();
  const given = new GivenLogins({ ...recorded, store, leadership, clock: fakeClock() });
  return { given, leadership, ...recorded };
}
