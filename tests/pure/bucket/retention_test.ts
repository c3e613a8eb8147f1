import { assert, assertEquals } from "@std/assert";
import { type AgentKey, AgentsSeen } from "../../../mod/pure/bucket/agents_seen.ts";
import { Retention, type RetentionInput } from "../../../mod/pure/bucket/retention.ts";
import {
  beatKey,
  nodeKey,
  parseStateKey,
  partKey,
  reportKey,
  wantedKey,
  whereKey,
  whyKey,
} from "../../../mod/pure/bucket/state_keys.ts";
import { decodeWhy } from "../../../mod/pure/bucket/wire.ts";

const HOUR = 60 * 60_000;
const MINUTE = 60_000;
/** The time of day at which the tests begin. */
const START = Date.parse("2026-01-01T00:00:00Z");
const IMAGE = wantedKey("reg.lab/app:1");
const WHY = whyKey("reg.lab/app:1");
const BOTH = [IMAGE, WHY];
const whyText = JSON.stringify({
  v: 1,
  count: 1,
  reasons: [{ kind: "Deployment", namespace: "shop", name: "web" }],
});

/** `ms` after the start by both clocks. */
function input(ms: number, rest: Partial<RetentionInput> = {}): RetentionInput {
  return {
    unwantedKeys: [],
    contradicted: new Set(),
    held: new Map([[IMAGE, "{}"], [WHY, whyText]]),
    agents: new AgentsSeen(),
    nodes: new Set(),
    heardSince: 0,
    now: { wallMs: START + ms, monotonicMs: ms },
    ...rest,
  };
}

/** Agents whose keys were seen at these times. */
function agentsSeen(...seen: (readonly [key: string, seenAt: number])[]): AgentsSeen {
  const agents = new AgentsSeen();
  for (const [key, seenAt] of seen) agents.put(parseStateKey(key) as AgentKey, seenAt);
  return agents;
}

Deno.test("an unwanted image and its reasons stay for an hour, then go", () => {
  const retention = new Retention(HOUR);
  const first = retention.due(input(0, { unwantedKeys: BOTH }));
  assertEquals([first.keys, first.nextInMs], [[], HOUR]);
  assertEquals(retention.due(input(HOUR - 1, { unwantedKeys: BOTH })).keys, []);
  assertEquals(retention.due(input(HOUR, { unwantedKeys: BOTH })), {
    keys: BOTH,
    marks: new Map(),
    nextInMs: undefined,
  });
});

Deno.test("an image of a template that its pods contradict goes at once", () => {
  const contradicted = new Set(["reg.lab/app:1"]);
  const { keys } = new Retention(HOUR).due(input(0, { unwantedKeys: BOTH, contradicted }));
  assertEquals(keys, BOTH);
});

Deno.test("parts stay and go with their image, and at once when it has fewer", () => {
  const parts = [whereKey(3, "reg.lab/app:1"), whereKey(2, "reg.lab/app:1")];
  const unwantedKeys = [...parts, ...BOTH];
  const retention = new Retention(HOUR);
  assertEquals(retention.due(input(0, { unwantedKeys })).keys, []);
  assertEquals(retention.due(input(HOUR, { unwantedKeys })).keys, unwantedKeys);
  assertEquals(new Retention(HOUR).due(input(0, { unwantedKeys: parts })).keys, parts);
});

Deno.test("the reasons say since when, so that the next leader goes on from there", () => {
  const { marks } = new Retention(HOUR).due(input(0, { unwantedKeys: BOTH }));
  assertEquals([...marks.keys()], [WHY]);
  const marked = marks.get(WHY) ?? "";
  const decoded = decodeWhy(marked);
  assert("value" in decoded);
  assertEquals(decoded.value.unwantedSince, "2026-01-01T00:00:00.000Z");
  assertEquals(decoded.value.reasons.length, 1);
  const held = new Map([[IMAGE, "{}"], [WHY, marked]]);
  const next = new Retention(HOUR);
  const early = next.due(input(59 * MINUTE, { unwantedKeys: BOTH, held }));
  assertEquals(early, { keys: [], marks: new Map(), nextInMs: MINUTE });
  assertEquals(next.due(input(HOUR, { unwantedKeys: BOTH, held })).keys, BOTH);
});

Deno.test("a mark that could not be written is written again, with the same time", () => {
  const retention = new Retention(HOUR);
  const first = retention.due(input(0, { unwantedKeys: BOTH }));
  const second = retention.due(input(MINUTE, { unwantedKeys: BOTH }));
  assertEquals(second.marks, first.marks);
});

Deno.test("an image without reasons gets some that say since when", () => {
  const due = new Retention(HOUR).due(input(0, { unwantedKeys: [IMAGE], held: new Map() }));
  const decoded = decodeWhy(due.marks.get(WHY) ?? "");
  assert("value" in decoded);
  assertEquals([decoded.value.count, decoded.value.unwantedSince], [0, "2026-01-01T00:00:00.000Z"]);
});

Deno.test("a time to come counts as now, whether a clock was ahead or was set back", () => {
  const ahead = new Retention(HOUR).due(input(30 * 24 * HOUR, { unwantedKeys: BOTH })).marks;
  const held = new Map([[IMAGE, "{}"], ...ahead]);
  const retention = new Retention(HOUR);
  const due = retention.due(input(0, { unwantedKeys: BOTH, held }));
  assertEquals([due.keys, due.nextInMs], [[], HOUR]);
  const decoded = decodeWhy(due.marks.get(WHY) ?? "");
  assert("value" in decoded);
  assertEquals(decoded.value.unwantedSince, "2026-01-01T00:00:00.000Z");
  const corrected = new Map([[IMAGE, "{}"], ...due.marks]);
  assertEquals(retention.due(input(HOUR, { unwantedKeys: BOTH, held: corrected })).keys, BOTH);
});

Deno.test("a clock that is set back in the middle costs an image no more than its time anew", () => {
  const retention = new Retention(HOUR);
  retention.due(input(0, { unwantedKeys: BOTH }));
  const due = retention.due(input(-24 * HOUR, { unwantedKeys: BOTH }));
  assertEquals([due.keys, due.nextInMs, due.marks.size], [[], HOUR, 1]);
});

Deno.test("an image that was wanted in between has its whole time again", () => {
  const retention = new Retention(HOUR);
  retention.due(input(0, { unwantedKeys: BOTH }));
  retention.due(input(1_000));
  assertEquals(retention.due(input(HOUR, { unwantedKeys: BOTH })).nextInMs, HOUR);
});

Deno.test("with nothing to remember an image goes at once, and is not marked", () => {
  const due = new Retention(0).due(input(0, { unwantedKeys: BOTH }));
  assertEquals(due, { keys: BOTH, marks: new Map(), nextInMs: undefined });
});

Deno.test("facts of a node that is gone go at once", () => {
  const due = new Retention(HOUR).due(input(0, { unwantedKeys: [nodeKey("gone")] }));
  assertEquals(due, { keys: [nodeKey("gone")], marks: new Map(), nextInMs: undefined });
});

Deno.test("all that an agent wrote goes when its node is gone and it was silent for an hour", () => {
  const agents = agentsSeen([beatKey("lives"), 0], [beatKey("gone"), 0], [beatKey("talks"), HOUR]);
  const pieces = [[reportKey("gone"), 2], [partKey(2, "gone"), 1]] as const;
  for (const [key, parts] of pieces) {
    agents.put(parseStateKey(key) as AgentKey, 0, { at: "now", warm: 1, parts });
  }
  const due = new Retention(HOUR).due(input(HOUR, { agents, nodes: new Set(["lives"]) }));
  assertEquals(due.keys.toSorted(), [beatKey("gone"), partKey(2, "gone"), reportKey("gone")]);
  assertEquals(due.nextInMs, HOUR);
});

Deno.test("what an agent wrote that is not silent stays although nothing is to be remembered", () => {
  const retention = new Retention(0);
  const agents = agentsSeen([beatKey("site"), 0]);
  assertEquals(retention.due(input(61_000, { agents })).keys, []);
  assertEquals(retention.due(input(180_000, { agents })).keys, [beatKey("site")]);
});

Deno.test("an agent whose clock is behind has three minutes to be heard by a new leader", () => {
  const retention = new Retention(HOUR);
  const agents = agentsSeen([beatKey("site"), -10 * HOUR]);
  const heard = (ms: number) => retention.due(input(ms, { agents, heardSince: 5 * MINUTE }));
  assertEquals(heard(6 * MINUTE).keys, []);
  assertEquals(heard(8 * MINUTE).keys, [beatKey("site")]);
});

Deno.test("what agents wrote stays while the nodes are unknown", () => {
  const agents = agentsSeen([reportKey("gone"), 0]);
  const due = new Retention(0).due(input(HOUR, { agents, nodes: undefined }));
  assertEquals(due, { keys: [], marks: new Map(), nextInMs: undefined });
});

Deno.test("a part that its report does not count any more goes, one that is on its way stays", () => {
  const agents = new AgentsSeen();
  const put = (key: string, seenAt: number, at: string, parts = 1) =>
    agents.put(parseStateKey(key) as AgentKey, seenAt, { at, warm: 1, parts });
  const due = (ms: number) => new Retention(HOUR).due(input(ms, { agents, nodes: undefined })).keys;
  for (const part of [2, 3, 4]) put(partKey(part, "n1"), 0, "long");
  put(reportKey("n1"), 0, "long", 4);
  put(partKey(2, "n1"), MINUTE, "short");
  put(reportKey("n1"), MINUTE, "short", 2);
  assertEquals(due(3 * MINUTE), []);
  put(partKey(3, "n1"), 5 * MINUTE, "longer"); // its report will count it in a moment
  assertEquals(due(5 * MINUTE), [partKey(4, "n1")]);
});

Deno.test("keys of a later version are left alone", () => {
  const due = new Retention(0).due(input(0, { unwantedKeys: ["later.x", "meta"] }));
  assertEquals(due, { keys: [], marks: new Map(), nextInMs: undefined });
});
