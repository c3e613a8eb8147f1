import { assert, assertEquals } from "@std/assert";
import { byImportance, planRoom } from "../../../mod/pure/bucket/room_plan.ts";
import { wantedKey, whereKey, whyKey } from "../../../mod/pure/bucket/state_keys.ts";
import { storedBytes, type StoredKey } from "../../../mod/pure/bucket/stored_keys.ts";
import type { WantedValue } from "../../../mod/pure/bucket/wire.ts";

const MB = 1024 * 1024;
const KB = 1024;

const wanted = (reference: string, rest: Partial<WantedValue>): WantedValue => ({
  ...{ v: 1, reference, priority: 0, placements: [{}], pullSecrets: [] },
  ...rest,
});

const stored = (key: string, bytes: number): StoredKey => ({
  ...{ key, bytes, deleted: false, ageMs: 0 },
});

/** Images a:1, b:1 …, each with reasons, and the values of `meta` and a node. */
function desiredOf(names: readonly string[], rest = (_name: string) => ({})): Map<string, string> {
  const references = names.map((name) => `reg.lab/${name}:1`);
  return new Map([
    ...references.map((reference) => [whyKey(reference), "x".repeat(100)] as const),
    ...references.map((reference, at) =>
      [
        wantedKey(reference),
        JSON.stringify(wanted(reference, rest(names[at] ?? ""))),
      ] as const
    ),
    ["node.node-0", "x".repeat(100)],
    ["meta", "x".repeat(100)],
  ]);
}

const sizeOf = (values: ReadonlyMap<string, string>) =>
  [...values].reduce((sum, [key, value]) => sum + storedBytes(key, value.length), 0);

Deno.test("room goes to meta, nodes, images by urgency, and last to reasons", () => {
  const urgency: Record<string, object> = {
    late: { neededBy: "2026-01-02T00:00:00Z" },
    soon: { neededBy: "2026-01-01T00:00:00Z" },
    high: { priority: 5 },
    large: { sizeBytes: 9_000 },
    small: { sizeBytes: 10 },
  };
  const desired = desiredOf(
    ["z", "large", "small", "high", "late", "soon"],
    (name) => urgency[name] ?? {},
  );
  const keys = byImportance(desired);
  const images = ["soon", "late", "high", "small", "large", "z"].map((name) =>
    wantedKey(`reg.lab/${name}:1`)
  );
  assertEquals(keys.slice(0, 8), ["meta", "node.node-0", ...images]);
  assert(keys.slice(8).every((key) => key.startsWith("why.")));
});

Deno.test("parts of an image are as urgent as it is, and come before it, the last one first", () => {
  const desired = desiredOf(["a", "b"], (name) => name === "b" ? { priority: 5 } : {});
  const parts = [2, 3, 10].map((part) => whereKey(part, "reg.lab/b:1"));
  for (const key of parts) desired.set(key, "{}");
  const keys = byImportance(desired).filter((key) => key.startsWith("wanted."));
  const [a, b] = [wantedKey("reg.lab/a:1"), wantedKey("reg.lab/b:1")];
  assertEquals(keys, [...parts.toReversed(), b, a]);
});

Deno.test("an image without room takes its parts with it, and others get theirs", () => {
  const desired = desiredOf(["a", "b"], (name) => name === "b" ? { priority: 5 } : {});
  const [image, part] = [wantedKey("reg.lab/b:1"), whereKey(2, "reg.lab/b:1")];
  desired.set(part, "x".repeat(30 * KB));
  desired.set(image, JSON.stringify(wanted("reg.lab/b:1", { priority: 5 })).padEnd(60 * KB));
  const plan = planRoom({ stored: [], desired, limitBytes: 100 * KB });
  assertEquals(plan.leftOut, new Set([image, part]));
});

Deno.test("a store with room for all leaves nothing out and takes nothing away", () => {
  const desired = desiredOf(["a", "b"]);
  const reports = [stored("report.node-0", 900 * KB), stored("beat.node-0", 300)];
  const plan = planRoom({ stored: reports, desired, limitBytes: 4 * MB });
  assertEquals([plan.purge, plan.evict, [...plan.leftOut]], [[], [], []]);
});

Deno.test("agents take no room from what is wanted, and give it up by the largest", () => {
  const desired = desiredOf(Array.from({ length: 1_000 }, (_, n) => `app-${n}`));
  const forged = Array.from({ length: 40 }, (_, n) => stored(`part.${n + 2}.node-1`, 90 * KB));
  const honest = [stored("report.node-0", 90 * KB), stored("beat.node-0", 300)];
  const plan = planRoom({ stored: [...honest, ...forged], desired, limitBytes: 4 * MB });
  assertEquals(plan.purge, forged.map(({ key }) => key));
  assertEquals([...plan.leftOut], []);
});

Deno.test("what is wanted leaves agents half of a small store", () => {
  const desired = desiredOf(Array.from({ length: 2_000 }, (_, n) => `app-${n}`));
  const reports = Array.from({ length: 4 }, (_, n) => stored(`report.node-${n}`, 50 * KB));
  const plan = planRoom({ stored: reports, desired, limitBytes: 512 * KB });
  assertEquals(plan.purge, []);
  assert(plan.leftOut.size > 0);
  const kept = new Map([...desired].filter(([key]) => !plan.leftOut.has(key)));
  assert(sizeOf(kept) + 200 * KB < 512 * KB);
});

Deno.test("what does not fit is the same in each round, and goes from the store", () => {
  const desired = desiredOf(Array.from({ length: 500 }, (_, n) => `app-${n}`));
  const limitBytes = sizeOf(desired) / 2;
  const first = planRoom({ stored: [], desired, limitBytes });
  const all = [...desired].map(([key, value]) => stored(key, storedBytes(key, value.length)));
  const second = planRoom({ stored: all, desired, limitBytes });
  assertEquals(second.leftOut, first.leftOut);
  assertEquals(new Set(second.evict), first.leftOut);
  const kept = all.filter(({ key }) => !first.leftOut.has(key));
  assertEquals(planRoom({ stored: kept, desired, limitBytes }).evict, []);
});

Deno.test("what nothing wants any more goes before what is wanted, a later version's never", () => {
  const desired = desiredOf(["a"]);
  const old = Array.from({ length: 20 }, (_, n) => stored(wantedKey(`reg.lab/old-${n}:1`), 4 * KB));
  const plan = planRoom({
    stored: [stored("sealed.node-0", 20 * KB), ...old],
    desired,
    limitBytes: 64 * KB,
  });
  assertEquals([...plan.leftOut], []);
  assert(plan.evict.length > 10 && plan.evict.length < 20, `${plan.evict.length}`);
  assertEquals(plan.evict.includes("sealed.node-0"), false);
});

Deno.test("a limit that is only guessed leaves no reserve, so nothing goes for nothing", () => {
  const desired = desiredOf(["a", "b", "c"]);
  const all = [...desired].map(([key, value]) => stored(key, storedBytes(key, value.length)));
  const plan = planRoom({ stored: all, desired, limitBytes: sizeOf(desired), isGuess: true });
  assertEquals([plan.evict, [...plan.leftOut]], [[], []]);
});
