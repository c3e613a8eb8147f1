import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { SharedValues } from "../../../mod/pure/objects/shared_values.ts";
import type { Placement } from "../../../mod/pure/objects/observed.ts";

const zone = (name: string): Placement => ({ nodeSelector: { zone: name } });

Deno.test("equal values are held once, others apart", () => {
  const shared = new SharedValues<Placement>();
  const first = shared.take(zone("a"));
  assertStrictEquals(shared.take(zone("a")), first);
  assert(shared.take(zone("b")) !== first);
  assertEquals(shared.size, 2);
});

Deno.test("a value is kept as long as somebody holds it, and no longer", () => {
  const shared = new SharedValues<Placement>();
  const first = shared.take(zone("a"));
  shared.take(zone("a"));
  assertEquals(shared.release(first), false);
  assertStrictEquals(shared.take(zone("a")), first);
  assertEquals(shared.release(first), false);
  assertEquals(shared.release(first), true);
  assertEquals(shared.release(first), false);
  assertEquals(shared.size, 0);
});
