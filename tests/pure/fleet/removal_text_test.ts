import { assertEquals } from "@std/assert";
import { removalLine, removalText } from "../../../mod/pure/fleet/removal_text.ts";
import type { KeepingNode } from "../../../mod/pure/fleet/removal_verdict.ts";

const AWAY: KeepingNode = {
  node: "n1",
  agent: "stale",
  reason: "its agent has been silent for 5m",
};
const counts = { done: 3, due: 5, nodes: [AWAY], awaited: 2 };

Deno.test("who waits is told for whom", () => {
  assertEquals(
    removalLine({ isDone: false, ...counts }),
    "Waits, 3 of 5 nodes keep no bytes: n1, its agent has been silent for 5m, and 1 more",
  );
});

Deno.test("what has come of it: done, nothing to do, or which nodes are left", () => {
  const none = { nodes: [], awaited: 0 };
  const removed = { v: 1, result: "removed", ...none } as const;
  assertEquals(removalText({ ...removed, done: 5, due: 5 }), [
    "No node keeps bytes any more: 5 of 5",
  ]);
  assertEquals(removalText({ ...removed, done: 0, due: 0 }), ["No node keeps bytes"]);
  const [head, table, more, byHand] = removalText({
    v: 1,
    result: "timeout",
    ...counts,
    fault: "no server",
  });
  assertEquals(head, "3 of 5 nodes keep no bytes when time was up: no server");
  assertEquals(typeof table === "object" && table.heads, ["node", "agent", "why"]);
  assertEquals(more, "1 more may keep some");
  assertEquals(String(byHand).includes("by hand"), true);
});
