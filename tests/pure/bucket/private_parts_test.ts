import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { desiredState } from "../../../mod/pure/bucket/desired_state.ts";
import { jsonBytes } from "../../../mod/pure/bucket/json_bytes.ts";
import { usesWithin } from "../../../mod/pure/bucket/private_parts.ts";
import { wantedKey, whyKey } from "../../../mod/pure/bucket/state_keys.ts";
import { decodeWanted, decodeWhy } from "../../../mod/pure/bucket/wire.ts";
import type { Placement } from "../../../mod/pure/objects/observed.ts";
import { mayRun, type NodeFacts } from "../../../mod/pure/placement/eligibility.ts";
import type { PrivateUse } from "../../../mod/pure/private_images/private_use.ts";
import type { WantedImage } from "../../../mod/pure/wants/wanted_entry.ts";

const APP = "reg.lab/app:1";
const meta = { v: 1, source: "kubernetes", writer: "me", since: "now" } as const;

const on = (count: number): Placement => ({
  affinity: Array.from({ length: count }, (_, index) => ({
    matchFields: [{ key: "metadata.name", operator: "In", values: [`n${index}`] }],
  })),
});
const node = (name: string): NodeFacts => ({
  ...{ name, labels: {}, taints: [], os: "linux", unschedulable: false, skip: false },
});
const secrets = (count: number, namespace = "shop") =>
  Array.from({ length: count }, (_, index) => ({ namespace, name: `key-${index}` }));

function written(uses: readonly PrivateUse[], partBytes?: number) {
  const image: WantedImage = {
    ...{ reference: APP, priority: 0, placements: [{}], pullSecrets: [], reasons: [] },
    private: uses,
  };
  const set = { images: new Map([[APP, image]]) };
  const { values, faults } = desiredState({
    ...{ set, nodes: [], meta, sizes: new Map() },
    ...(partBytes !== undefined && { partBytes }),
  });
  const text = values.get(wantedKey(APP)) ?? "";
  const read = decodeWanted(text);
  assert("value" in read, text);
  return {
    text,
    uses: read.value.private ?? [],
    faults: faults.map(({ field, why }) => `${field}: ${why}`),
  };
}

Deno.test("uses are written whole where they fit, and read as they were written", () => {
  const uses: readonly PrivateUse[] = [
    { mode: "bytes", placements: [on(2), {}], secrets: secrets(2) },
    { mode: "open", secrets: [] },
  ];
  assertEquals(written(uses).uses, uses);
  assertEquals(written(uses).faults, []);
});

Deno.test("an image with more uses than a value takes is written all the same, with a fault", () => {
  const uses: readonly PrivateUse[] = [
    { mode: "bytes", placements: [on(5_000)], secrets: secrets(64) },
    { mode: "open", placements: [on(5_000)], secrets: secrets(64, "bank") },
  ];
  const { text, uses: kept, faults } = written(uses, 8_192);
  assert(text.length <= 8_192, `${text.length}`);
  assertEquals(kept.map(({ mode }) => mode), ["bytes", "open"]);
  for (const { secrets, placements } of kept) {
    assert(secrets.length > 0 && secrets.length < 64, `${secrets.length} secrets`);
    assert((placements?.[0]?.affinity?.length ?? 0) > 0);
  }
  assertEquals(faults.length, 1);
  assert(/^imagePullSecrets: \d+ of its pull secrets/.test(faults[0] ?? ""), faults[0]);
});

Deno.test("what is cut makes a use narrower, and never serves a node or a secret more", () => {
  const count = fc.nat(60);
  const use = fc.record({
    mode: fc.constantFrom("bytes" as const, "open" as const),
    placements: fc.option(count.map((terms) => [on(terms + 1)]), { nil: undefined }),
    secrets: count.map((each) => secrets(each)),
  }).map(({ placements, ...rest }): PrivateUse => placements ? { ...rest, placements } : rest);
  fc.assert(
    fc.property(fc.array(use, { minLength: 1, maxLength: 2 }), fc.nat(6_000), (uses, most) => {
      const { uses: kept, omitted } = usesWithin(uses, most);
      assert(jsonBytes(kept) <= Math.max(most, 2 * 80), `${jsonBytes(kept)} of ${most}`);
      if (omitted === 0) assertEquals(kept, uses);
      for (const each of kept) {
        const whole = uses.filter(({ mode }) => mode === each.mode);
        assert(each.placements === undefined || each.placements.length > 0);
        for (const name of ["n0", "n30", "n59", "n60"]) {
          const fits = ({ placements }: PrivateUse) =>
            placements === undefined || placements.some((where) => mayRun(where, node(name)));
          assert(!fits(each) || whole.some(fits), name);
        }
        const known = new Set(whole.flatMap(({ secrets }) => secrets.map(({ name }) => name)));
        assert(each.secrets.every(({ name }) => known.has(name)));
      }
    }),
  );
});

Deno.test("a secret whose name no API server takes is left out of uses too", () => {
  const bad = { namespace: "shop", name: "n".repeat(300) };
  assertEquals(written([{ mode: "bytes", secrets: [bad, ...secrets(1)] }]).uses, [
    { mode: "bytes", secrets: secrets(1) },
  ]);
});

Deno.test("an image that is withheld stands in the bucket by its reasons alone", () => {
  const namespaces = Array.from({ length: 30 }, (_, index) => `space-${index}`);
  const withheld = new Map([[APP, { reference: APP, namespaces }]]);
  const set = { images: new Map(), withheld };
  const { values } = desiredState({ set, nodes: [], meta, sizes: new Map() });
  assertEquals([...values.keys()], ["meta", whyKey(APP)]);
  assertEquals(decodeWhy(values.get(whyKey(APP)) ?? ""), {
    value: {
      ...{ v: 1, count: 0, reasons: [] },
      withheld: { count: 30, namespaces: namespaces.slice(0, 20) },
    },
  });
});
