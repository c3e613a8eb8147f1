import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { decodeBeat, decodePart, decodeReport } from "../../../mod/pure/bucket/agent_wire.ts";
import type { Decoded } from "../../../mod/pure/bucket/decode.ts";
import { decodeMeta, decodeNode, decodeWanted, decodeWhy } from "../../../mod/pure/bucket/wire.ts";

const v = fc.constant(1 as const);
const text = fc.string({ maxLength: 40, unit: "grapheme" });
const amount = fc.nat();
/** Also names that belong to JavaScript objects: they are labels as any other. */
const label = fc.oneof(
  fc.stringMatching(/^[a-z][a-z0-9./-]{0,20}$/),
  fc.constantFrom("constructor", "prototype", "toString", "valueOf"),
);
const labels = fc.dictionary(label, text, { noNullPrototype: true });
const optional = { noNullPrototype: true } as const;
const requirement = fc.record({ key: text, operator: text, values: fc.array(text) }, {
  ...optional,
  requiredKeys: ["key", "operator"],
});
const term = fc.record({
  matchExpressions: fc.array(requirement),
  matchFields: fc.array(requirement),
}, { ...optional, requiredKeys: [] });
const toleration = fc.record({ key: text, operator: text, value: text, effect: text }, {
  ...optional,
  requiredKeys: [],
});
const placement = fc.record({
  nodeSelector: labels,
  affinity: fc.array(term),
  tolerations: fc.array(toleration),
  os: text,
}, { ...optional, requiredKeys: [] });

const meta = fc.record({
  v,
  source: fc.constantFrom("kubernetes", "manifests"),
  writer: text,
  since: text,
  reads: fc.array(text),
  rules: fc.record({
    listSpaces: fc.array(text),
    ignoreSpaces: fc.array(text),
    ignoreImages: fc.array(text),
    onlyMarked: fc.boolean(),
    keepRevisions: amount,
    forgetAfterMs: amount,
  }, optional),
}, { ...optional, requiredKeys: ["v", "source", "writer", "since"] });
const wanted = fc.record({
  v,
  reference: text,
  priority: fc.integer(),
  placements: fc.array(placement, { maxLength: 5 }),
  pullSecrets: fc.array(fc.record({ namespace: text, name: text }, optional)),
  neededBy: text,
  sizeBytes: amount,
}, { ...optional, requiredKeys: ["v", "reference", "priority", "placements", "pullSecrets"] });
const why = fc.record({
  v,
  count: amount,
  reasons: fc.array(fc.record({ kind: text, namespace: text, name: text }, optional)),
  unwantedSince: text,
}, { ...optional, requiredKeys: ["v", "count", "reasons"] });
const taint = fc.record({ key: text, effect: text, value: text }, {
  ...optional,
  requiredKeys: ["key", "effect"],
});
const node = fc.record({
  v,
  name: text,
  uid: text,
  labels,
  taints: fc.array(taint),
  architecture: text,
  os: text,
  unschedulable: fc.boolean(),
  skip: fc.boolean(),
}, optional);
const imageReport = fc.record({
  state: fc.constantFrom("warm", "pulling", "waiting", "failed", "skipped"),
  since: text,
  reason: text,
  bytes: amount,
  pullSeconds: fc.double({ noNaN: true, noDefaultInfinity: true, min: 0 }),
  progress: fc.record(
    { bytes: amount, totalBytes: amount, bytesPerSecond: amount, secondsLeft: amount },
    { ...optional, requiredKeys: ["bytes", "totalBytes"] },
  ),
  direct: text,
  usedAt: text,
}, { ...optional, requiredKeys: ["state", "since"] });
const report = fc.record({
  v,
  node: text,
  agent: text,
  at: text,
  images: fc.dictionary(label, imageReport, { noNullPrototype: true }),
  runtime: fc.record({ client: text, server: text }, optional),
  parts: fc.integer({ min: 1, max: 64 }),
  omitted: amount,
}, { ...optional, requiredKeys: ["v", "node", "agent", "at", "images"] });
const part = fc.record({
  v,
  node: text,
  at: text,
  images: fc.dictionary(label, imageReport, { noNullPrototype: true }),
}, optional);
const beat = fc.record({
  v,
  node: text,
  agent: text,
  at: text,
  images: fc.record(
    { wanted: amount, warm: amount, pulling: amount, waiting: amount, failed: amount },
    optional,
  ),
  runtime: fc.record({ client: text, server: text }, optional),
  disk: fc.record({ usedPercent: amount, freeBytes: amount }, optional),
  uses: fc.record({
    since: text,
    firstUses: amount,
    misses: amount,
    late: amount,
    unusedBytes: amount,
    savedSeconds: amount,
  }, { ...optional, requiredKeys: ["since", "firstUses", "misses", "late", "unusedBytes"] }),
}, { ...optional, requiredKeys: ["v", "node", "agent", "at", "images"] });

type Decode = (text: string) => Decoded<unknown>;
const values: readonly (readonly [string, Decode, fc.Arbitrary<object>])[] = [
  ["meta", decodeMeta, meta],
  ["wanted", decodeWanted, wanted],
  ["why", decodeWhy, why],
  ["node", decodeNode, node],
  ["report", decodeReport, report],
  ["part", decodePart, part],
  ["beat", decodeBeat, beat],
];

for (const [name, decode, arbitrary] of values) {
  Deno.test(`a ${name} value comes back as it was written`, () => {
    fc.assert(fc.property(arbitrary, (value) => {
      assertEquals(decode(JSON.stringify(value)), { value: JSON.parse(JSON.stringify(value)) });
    }));
  });

  Deno.test(`garbage under a ${name} key is a fault and never throws`, () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (garbage) => {
      const decoded = decode(garbage);
      assert("fault" in decoded && decoded.fault.length > 0);
    }));
  });

  Deno.test(`a ${name} value with one field spoilt is read or a fault, and never throws`, () => {
    fc.assert(fc.property(arbitrary, fc.nat(), fc.jsonValue(), (value, which, spoilt) => {
      const keys = Object.keys(value);
      const key = keys[which % keys.length] ?? "v";
      decode(JSON.stringify({ ...value, [key]: spoilt }));
    }));
  });

  Deno.test(`a ${name} value of another version is a fault`, () => {
    fc.assert(fc.property(arbitrary, (value) => {
      const decoded = decode(JSON.stringify({ ...value, v: 2 }));
      assert("fault" in decoded);
      assertStringIncludes(decoded.fault, "v: ");
    }));
  });
}

Deno.test("a fault names the field", () => {
  const decoded = decodeWanted(JSON.stringify({
    v: 1,
    reference: "reg.lab/x:1",
    priority: "high",
    placements: [],
    pullSecrets: [],
  }));
  assert("fault" in decoded);
  assertStringIncludes(decoded.fault, "priority: ");
});

Deno.test("a fault of a report names the image", () => {
  const images = { "reg.lab/a:1": { state: "warm", since: "now" }, "reg.lab/b:1": { state: 7 } };
  const decoded = decodeReport(JSON.stringify({ v: 1, node: "n1", agent: "0", at: "now", images }));
  assertEquals<unknown>(decoded, { fault: 'images: Invalid image report: "reg.lab/b:1"' });
});

Deno.test("fields that a later version adds are left out", () => {
  const decoded = decodeWhy(JSON.stringify({ v: 1, count: 0, reasons: [], later: true }));
  assertEquals<unknown>(decoded, { value: { v: 1, count: 0, reasons: [] } });
});

Deno.test("a value longer than NATS takes is not even parsed", () => {
  const decoded = decodeWhy(" ".repeat(8 * 1024 * 1024 + 1));
  assertEquals<unknown>(decoded, { fault: "8388609 characters are too many" });
});

Deno.test("deeply nested garbage is a fault", () => {
  for (const open of ["[", '{"a":']) assert("fault" in decodeReport(open.repeat(150_000)));
});
