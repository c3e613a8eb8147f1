import { assertEquals } from "@std/assert";
import {
  ConnectionBudget,
  type ConnectionClaim,
} from "../../../mod/adapters/relay/blobs/connection_budget.ts";

function takeAll(claim: ConnectionClaim): number {
  let taken = 0;
  while (taken < 100 && claim.take()) taken++;
  return taken;
}

Deno.test("one blob may have all connections, and several share them evenly", () => {
  const budget = new ConnectionBudget(8);
  using first = budget.claim(() => {});
  assertEquals([first.share, first.isAlone, takeAll(first)], [8, true, 8]);
  using second = budget.claim(() => {});
  assertEquals([first.share, second.share, first.isAlone], [4, 4, false]);
  // The one that it needs to go on, though there is none; the rest when the other gives them back.
  assertEquals(takeAll(second), 1);
  for (let given = 0; given < 5; given++) first.give();
  assertEquals([takeAll(second), takeAll(first)], [3, 1]);
});

Deno.test("however many blobs there are, each may have one connection", () => {
  const budget = new ConnectionBudget(2);
  const claims = Array.from({ length: 5 }, () => budget.claim(() => {}));
  assertEquals(claims.map(takeAll), [1, 1, 1, 1, 1]);
  for (const claim of claims) claim[Symbol.dispose]();
  using last = budget.claim(() => {});
  assertEquals(takeAll(last), 2);
});

Deno.test("others hear of connections that are given back, also when a blob ends early", () => {
  const budget = new ConnectionBudget(4);
  const told: string[] = [];
  const first = budget.claim(() => told.push("first"));
  using second = budget.claim(() => told.push("second"));
  takeAll(first);
  first.give();
  assertEquals(told, ["second"]);
  first[Symbol.dispose]();
  assertEquals(told, ["second", "second"]);
  assertEquals(takeAll(second), 4);
});
