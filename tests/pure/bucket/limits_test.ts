import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Decoded } from "../../../mod/pure/bucket/decode.ts";
import { desiredState } from "../../../mod/pure/bucket/desired_state.ts";
import { cutText } from "../../../mod/pure/bucket/limits.ts";
import { nodeKey, parseStateKey, wantedKey, whyKey } from "../../../mod/pure/bucket/state_keys.ts";
import { decodeMeta, decodeNode, decodeWanted, decodeWhy } from "../../../mod/pure/bucket/wire.ts";
import { observeNamespace, observeNode } from "../../../mod/pure/objects/observe_node.ts";
import { observeTemplated } from "../../../mod/pure/objects/observe_workload.ts";
import { seenObjects } from "../../../mod/pure/wants/seen_objects.ts";
import { WantsFold } from "../../../mod/pure/wants/wants_fold.ts";
import { RULES } from "../wants/folding.ts";

const IMAGE = "reg.lab/app:1";
const meta = { v: 1, source: "manifests", writer: "me", since: "now", reads: ["beat"] } as const;

type Raw = Readonly<Record<string, unknown>>;

/** What a controller writes that reads these objects. */
function desiredOf(workloads: readonly Raw[], nodes: readonly Raw[] = []) {
  const metadata = { name: "shop", annotations: { "warm-images/private": "bytes" } };
  const seen = seenObjects([
    observeNamespace({ metadata }),
    ...workloads.map((raw) => observeTemplated(raw, "Deployment")),
    ...nodes.map(observeNode),
  ]);
  const set = new WantsFold(RULES, 0).fold({ kinds: new Set(), seen, nowMs: 0, wallMs: 0 });
  return desiredState({ set, nodes: seen.nodes, meta, sizes: new Map([[IMAGE, 7]]) });
}

function deployment(spec: Raw, metadata: Raw = { name: "web", namespace: "shop" }): Raw {
  const template = { spec: { containers: [{ image: IMAGE }], ...spec } };
  return { apiVersion: "apps/v1", kind: "Deployment", metadata, spec: { template } };
}

const DECODERS: Readonly<Record<string, (text: string) => Decoded<unknown>>> = {
  meta: decodeMeta,
  node: decodeNode,
  wanted: decodeWanted,
  why: decodeWhy,
};

/** Every value is read as it was written. */
function assertReadable(values: ReadonlyMap<string, string>): void {
  for (const [key, value] of values) {
    const decode = DECODERS[parseStateKey(key)?.type ?? ""];
    assert(decode, key);
    assertEquals(decode(value), { value: JSON.parse(value) });
  }
}

const affinity = (values: readonly string[]) => ({
  nodeAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: {
      nodeSelectorTerms: [{ matchExpressions: [{ key: "host", operator: "NotIn", values }] }],
    },
  },
});

Deno.test("an affinity with 1,001 values is written and read", () => {
  const values = Array.from({ length: 1_001 }, (_, i) => `node-${i}`);
  const desired = desiredOf([deployment({ affinity: affinity(values) })]);
  const decoded = decodeWanted(desired.values.get(wantedKey(IMAGE)) ?? "");
  assert("value" in decoded, "fault" in decoded ? decoded.fault : "");
  const [term] = decoded.value.placements[0]?.affinity ?? [];
  assertEquals(term?.matchExpressions?.[0]?.values, values);
});

Deno.test("texts of any length and labels of any name are written and read", () => {
  const labels = { constructor: "a", prototype: "b", ["__proto__"]: "c" };
  const long = "x".repeat(10_000);
  const desired = desiredOf(
    [deployment({ nodeSelector: { ...labels, long }, tolerations: [{ key: long }] })],
    [{ metadata: { name: "n1", uid: long, labels: { ...labels, long } } }],
  );
  assertEquals(desired.faults, []);
  assertReadable(desired.values);
  const node = decodeNode(desired.values.get(nodeKey("n1")) ?? "");
  assert("value" in node);
  assertEquals(
    Object.keys(node.value.labels).toSorted(),
    [...Object.keys(labels), "long"].toSorted(),
  );
});

Deno.test("names that no API server takes are cut where they tell, and left out where they decide", () => {
  const name = "n".repeat(300);
  const desired = desiredOf(
    [deployment({ imagePullSecrets: [{ name }, { name: "good" }] }, { name, namespace: "shop" })],
    [{ metadata: { name } }, { metadata: { name: "good" } }],
  );
  assertReadable(desired.values);
  assertEquals(desired.values.has(nodeKey(name)), false);
  assert(desired.values.has(nodeKey("good")));
  const cut = `${"n".repeat(252)}…`;
  assertEquals(desired.faults.map(({ kind, name, field }) => [kind, name, field]), [
    ["Node", cut, "metadata.name"],
    ["Deployment", cut, "imagePullSecrets"],
  ]);
  const why = decodeWhy(desired.values.get(whyKey(IMAGE)) ?? "");
  assertEquals("value" in why && why.value.reasons[0]?.name, cut);
  const wanted = decodeWanted(desired.values.get(wantedKey(IMAGE)) ?? "");
  assertEquals("value" in wanted && wanted.value.pullSecrets, [{
    namespace: "shop",
    name: "good",
  }]);
});

Deno.test("a value that no reader takes is left out, and names its object", () => {
  const labels = Object.fromEntries(
    Array.from({ length: 900 }, (_, i) => [`key-${i}`, "x".repeat(10_000)]),
  );
  const desired = desiredOf([deployment({})], [{ metadata: { name: "big", labels } }]);
  assertEquals(desired.values.has(nodeKey("big")), false);
  assert(desired.values.has(wantedKey(IMAGE)));
  assertEquals(desired.faults.map(({ kind, name }) => [kind, name]), [["Node", "big"]]);
});

Deno.test("whatever objects hold, what is written of them is read as it was written", () => {
  const text = fc.string({ unit: "binary", maxLength: 30 });
  const value = fc.oneof(text, fc.integer(), fc.boolean());
  const key = fc.oneof(text, fc.constantFrom("constructor", "prototype", "__proto__", "a.b/c"));
  const labels = fc.array(fc.tuple(key, value)).map((entries) => Object.fromEntries(entries));
  const spec = fc.record({
    nodeSelector: labels,
    tolerations: fc.array(fc.record({ key: value, operator: value, value, effect: value }, {
      requiredKeys: [],
    })),
    affinity: fc.array(text).map(affinity),
    imagePullSecrets: fc.array(fc.record({ name: text })),
    priority: fc.oneof(fc.integer(), fc.double()),
    os: fc.record({ name: value }),
  }, { requiredKeys: [] });
  const metadata = fc.record({ name: text, namespace: text, labels, uid: value });
  fc.assert(fc.property(spec, metadata, labels, (spec, metadata, nodeLabels) => {
    const node = {
      metadata: { ...metadata, labels: nodeLabels },
      spec: { taints: spec.tolerations },
    };
    assertReadable(desiredOf([deployment(spec, metadata)], [node]).values);
  }));
});

Deno.test("a text is cut where it is too long, and shows that", () => {
  assertEquals(cutText("abc", 3), "abc");
  assertEquals(cutText("abcd", 3), "ab…");
  assertEquals(cutText("a🐳bc", 3), "a\uFFFD…");
});
