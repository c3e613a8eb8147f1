import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { splitPlacements } from "../../../mod/pure/bucket/placement_parts.ts";
import { parseStateKey, wantedKey, whereKey } from "../../../mod/pure/bucket/state_keys.ts";
import { wantedEntries } from "../../../mod/pure/bucket/wanted_parts.ts";
import { WantedValues } from "../../../mod/pure/bucket/wanted_values.ts";
import { decodeWanted, decodeWhere, type WantedValue } from "../../../mod/pure/bucket/wire.ts";
import type { Placement } from "../../../mod/pure/objects/observed.ts";
import type { NodeFacts } from "../../../mod/pure/placement/eligibility.ts";

const IMAGE = "reg.lab/app:1";
const ON = (...names: string[]): Placement => ({
  affinity: names.map((name) => ({
    matchFields: [{ key: "metadata.name", operator: "In", values: [name] }],
  })),
});
const POOL = (pool: string): Placement => ({ nodeSelector: { pool } });

const nodes: readonly NodeFacts[] = Array.from({ length: 60 }, (_, index) => ({
  name: `n${index}`,
  labels: { pool: `p${index}` },
  taints: [],
  os: "linux",
  unschedulable: false,
  skip: false,
}));

const wanted = (placements: readonly Placement[]): WantedValue => ({
  v: 1,
  reference: IMAGE,
  priority: 0,
  placements,
  pullSecrets: [],
});

/** Each of some nodes by its name or by its pool, at random. */
const choice = fc.uniqueArray(fc.record({ index: fc.nat(59), byName: fc.boolean() }), {
  maxLength: 60,
  size: "max",
  selector: ({ index }) => index,
}).map((picks) => {
  const named = picks.filter(({ byName }) => byName).map(({ index }) => `n${index}`);
  const pools = picks.filter(({ byName }) => !byName).map(({ index }) => POOL(`p${index}`));
  return {
    ways: new Set(picks.map(({ index, byName }) => `${index} ${byName}`)),
    nodes: new Set(picks.map(({ index }) => `n${index}`)),
    placements: named.length === 0 ? pools : [ON(...named), ...pools],
  };
});

const small = fc.constantFrom(700, 1_000, 2_000, 100_000);

/** What an agent holds after such writes and deletions. */
class Agents {
  readonly #values = new WantedValues();

  put(key: string, text: string): void {
    const parsed = parseStateKey(key);
    if (parsed?.type === "wanted") this.#values.putImage(read(decodeWanted(text)));
    else if (parsed?.type === "where") this.#values.putPart(parsed.part, read(decodeWhere(text)));
    else throw new Error(`Not a key of what is wanted: ${key}`);
  }

  delete(key: string): void {
    const parsed = parseStateKey(key);
    if (parsed?.type === "wanted") this.#values.deleteImage(parsed.name);
    if (parsed?.type === "where") this.#values.deletePart(parsed.part, parsed.name);
  }

  /** Names of the nodes that want the image. */
  get nodes(): Set<string> {
    const on = nodes.filter((node) => this.#values.on(node).has(IMAGE));
    return new Set(on.map(({ name }) => name));
  }
}

function read<T>(decoded: { readonly value: T } | { readonly fault: string }): T {
  if ("fault" in decoded) throw new Error(decoded.fault);
  return decoded.value;
}

Deno.test("an image that fits into one value has one", () => {
  const { values, omitted } = wantedEntries(wanted([POOL("a"), ON("n1")]));
  assertEquals([...values.keys()], [wantedKey(IMAGE)]);
  assertEquals(omitted, 0);
});

Deno.test("an image in parts is wanted on the same nodes, in whatever order they arrive", () => {
  fc.assert(fc.property(
    choice,
    small,
    fc.infiniteStream(fc.nat()),
    (chosen, maxBytes, randoms) => {
      const { values } = wantedEntries(wanted(chosen.placements), maxBytes);
      const agents = new Agents();
      const shuffled = [...values].map((entry) => ({ entry, rank: randoms.next().value ?? 0 }))
        .sort((left, right) => left.rank - right.rank);
      for (const { entry: [key, text] } of shuffled) {
        agents.put(key, text);
        assert(text.length <= maxBytes, `${text.length} of ${maxBytes}`);
      }
      assertEquals(agents.nodes, chosen.nodes);
    },
  ));
});

Deno.test("while parts are rewritten, no placement that stays is missing, and none is invented", () => {
  fc.assert(
    fc.property(choice, choice, small, small, (before, after, bytesBefore, bytesAfter) => {
      const agents = new Agents();
      const held = wantedEntries(wanted(before.placements), bytesBefore).values;
      for (const [key, text] of held) agents.put(key, text);
      const { values } = wantedEntries(wanted(after.placements), bytesAfter);
      const ways = before.ways.intersection(after.ways); // the same placement wants it on a node
      const stays = new Set([...ways].map((way) => `n${parseInt(way)}`));
      const may = before.nodes.union(after.nodes);
      const check = () => {
        assert(stays.isSubsetOf(agents.nodes), "a node lost it");
        assert(agents.nodes.isSubsetOf(may), "a node got it that nobody wants it on");
      };
      for (const [key, text] of values) {
        if (held.get(key) !== text) agents.put(key, text);
        check();
      }
      for (const key of held.keys()) {
        if (!values.has(key)) agents.delete(key);
        check();
      }
      assertEquals(agents.nodes, after.nodes);
    }),
    { numRuns: 300 },
  );
});

Deno.test("one more placement rewrites one part", () => {
  const names = Array.from({ length: 59 }, (_, index) => `n${index}`);
  const before = wantedEntries(wanted([ON(...names)]), 900).values;
  const after = wantedEntries(wanted([ON(...names, "n59")]), 900).values;
  assertEquals(before.size > 4, true);
  assertEquals([...after].filter(([key, text]) => before.get(key) !== text).length, 1);
});

Deno.test("parts without their image want nothing, and an image without a part less", () => {
  const names = Array.from({ length: 60 }, (_, index) => `n${index}`);
  const { values } = wantedEntries(wanted([ON(...names)]), 3_000);
  const agents = new Agents();
  for (const [key, text] of values) agents.put(key, text);
  agents.delete(whereKey(2, IMAGE));
  const left = agents.nodes.size;
  assert(left > 0 && left < 60);
  agents.delete(wantedKey(IMAGE));
  assertEquals(agents.nodes.size, 0);
});

Deno.test("what fits into no part is counted, and widens nothing", () => {
  const long = POOL("x".repeat(500));
  const { values, omitted } = wantedEntries(wanted([POOL("p1"), long]), 400);
  assertEquals(omitted, 1);
  const agents = new Agents();
  for (const [key, text] of values) agents.put(key, text);
  assertEquals(agents.nodes, new Set(["n1"]));
});

Deno.test("a placement that no node meets takes no room", () => {
  const room = { firstBytes: 100, furtherBytes: 100 };
  assertEquals(splitPlacements([{ affinity: [] }], room), { parts: [[]], omitted: 0 });
});
