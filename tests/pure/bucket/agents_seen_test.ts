import { assertEquals } from "@std/assert";
import { agentStates, writtenAt } from "../../../mod/pure/bucket/agent_states.ts";
import { type AgentKey, AgentsSeen } from "../../../mod/pure/bucket/agents_seen.ts";
import { beatKey, parseStateKey, partKey, reportKey } from "../../../mod/pure/bucket/state_keys.ts";

const keyOf = (key: string) => parseStateKey(key) as AgentKey;
const REPORT = keyOf(reportKey("n1"));
const SECOND = keyOf(partKey(2, "n1"));
const THIRD = keyOf(partKey(3, "n1"));

Deno.test("a report in parts counts once all of it is there, in whatever order it comes", () => {
  const pieces = [
    [REPORT, { at: "a", warm: 1, parts: 3 }],
    [SECOND, { at: "a", warm: 2, parts: 1 }],
    [THIRD, { at: "a", warm: 4, parts: 1 }],
  ] as const;
  for (const order of [[0, 1, 2], [2, 1, 0], [1, 0, 2]]) {
    const agents = new AgentsSeen();
    for (const [count, index] of order.entries()) {
      const [key, piece] = pieces[index] ?? pieces[0];
      assertEquals([agents.warm, agents.reports], [0, 0], `after ${count}`);
      agents.put(key, 0, piece);
    }
    assertEquals([agents.warm, agents.reports], [7, 1]);
  }
});

Deno.test("parts of two reports are never mixed: the last complete one stays", () => {
  const agents = new AgentsSeen();
  agents.put(SECOND, 0, { at: "a", warm: 2, parts: 1 });
  agents.put(REPORT, 0, { at: "a", warm: 1, parts: 2 });
  assertEquals(agents.warm, 3);
  agents.put(SECOND, 0, { at: "b", warm: 20, parts: 1 });
  assertEquals(agents.warm, 3);
  agents.put(REPORT, 0, { at: "b", warm: 10, parts: 2 });
  assertEquals(agents.warm, 30);
  agents.put(REPORT, 0, { at: "c", warm: 5, parts: 1 });
  assertEquals([agents.warm, agents.reports], [5, 1]);
});

Deno.test("a report that is gone counts no more, and an agent without any key is forgotten", () => {
  const agents = new AgentsSeen();
  agents.put(keyOf(beatKey("n1")), 0);
  agents.put(REPORT, 0, { at: "a", warm: 3, parts: 1 });
  assertEquals(agents.delete(REPORT), true);
  assertEquals(agents.delete(REPORT), false);
  assertEquals([agents.warm, agents.reports, agents.all.size], [0, 0, 1]);
  assertEquals(agents.delete(keyOf(beatKey("n1"))), true);
  assertEquals(agents.all.size, 0);
});

Deno.test("an agent is as fresh as its last sign, be it a beat or a report", () => {
  const agents = new AgentsSeen();
  agents.put(keyOf(beatKey("beats")), 400_000);
  agents.put(keyOf(reportKey("beats")), 0, { at: "a", warm: 1, parts: 1 });
  agents.put(keyOf(reportKey("reports")), 300_000, { at: "a", warm: 1, parts: 1 });
  agents.put(keyOf(beatKey("silent")), 200_000);
  const nodes = ["beats", "reports", "silent", "new"].map((name) => ({ name }));
  assertEquals(agentStates(nodes, agents.all, 400_000), {
    fresh: 2,
    stale: 1,
    missing: 1,
    oldestMs: 200_000,
  });
});

Deno.test("what is read from the start is as old as it says, but never of the future", () => {
  const now = { wallMs: Date.parse("2026-01-01T01:00:00Z"), monotonicMs: 1_000 };
  assertEquals(writtenAt("2026-01-01T00:59:59Z", now), 0);
  assertEquals(writtenAt("2026-01-01T02:00:00Z", now), 1_000);
  assertEquals(writtenAt("yesterday", now), 1_000);
});
