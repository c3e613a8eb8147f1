import { assertEquals } from "@std/assert";
import { type AgentsKey, agentsKey, isRubbish } from "../../../mod/pure/bucket/stored_keys.ts";

const NODES = new Set(["node-0", "ip-10-0-0-1.ec2.internal"]);

const stored = (key: string, rest: { bytes?: number; deleted?: boolean; ageMs?: number } = {}) => ({
  ...{ key, bytes: 300, deleted: false, ageMs: 0 },
  ...rest,
});

Deno.test("what agents write is known by its key, dots in a node's name included", () => {
  const keys: Record<string, AgentsKey> = {
    "report.node-0": { type: "report", node: "node-0" },
    "beat.ip-10-0-0-1.ec2.internal": { type: "beat", node: "ip-10-0-0-1.ec2.internal" },
    "key.ip-10-0-0-1.ec2.internal": { type: "key", node: "ip-10-0-0-1.ec2.internal" },
    "part.2.ip-10-0-0-1.ec2.internal": { type: "part", node: "ip-10-0-0-1.ec2.internal" },
  };
  for (const [key, expected] of Object.entries(keys)) assertEquals(agentsKey(key), expected);
  for (const key of ["wanted.a", "why.a", "node.node-0", "meta", "sealed.node-0.a"]) {
    assertEquals(agentsKey(key), undefined);
  }
});

Deno.test("what no agent of a known node writes is rubbish, by name or by size", () => {
  const rubbish = [
    stored("report.nobody"),
    stored("report.node-0.x"),
    stored("beat.nobody"),
    stored("part.node-0"),
    stored("part.x.node-0"),
    stored("part.9999.node-0"),
    stored("part.1.node-0"),
    stored("part.2.nobody"),
    stored("report.=zz"),
    stored("beat.node-0", { bytes: 900_000 }),
    stored("key.nobody"),
    stored("key.node-0", { bytes: 900_000 }),
    stored("report.node-0", { bytes: 2_000_000 }),
  ];
  for (const each of rubbish) assertEquals(isRubbish(each, NODES), true, each.key);
  const good = [
    stored("report.node-0", { bytes: 900_000 }),
    stored("part.2.ip-10-0-0-1.ec2.internal", { bytes: 900_000 }),
    stored("beat.node-0"),
    stored("key.node-0"),
    stored("wanted.a", { bytes: 2_000_000 }),
    stored("of.a.later.version"),
  ];
  for (const each of good) assertEquals(isRubbish(each, NODES), false, each.key);
});

Deno.test("where nodes are not known, any name of one will do", () => {
  assertEquals(isRubbish(stored("report.nobody"), undefined), false);
  assertEquals(isRubbish(stored("report.=zz"), undefined), true);
});

Deno.test("a marker of a deletion is rubbish once followers have heard of it", () => {
  assertEquals(isRubbish(stored("wanted.a", { deleted: true, ageMs: 1_000 }), NODES), false);
  assertEquals(isRubbish(stored("wanted.a", { deleted: true, ageMs: 120_000 }), NODES), true);
});
