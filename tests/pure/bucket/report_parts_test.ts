import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  decodePart,
  decodeReport,
  type ImageReport,
  type PartValue,
} from "../../../mod/pure/bucket/agent_wire.ts";
import type { Decoded } from "../../../mod/pure/bucket/decode.ts";
import { reportEntries } from "../../../mod/pure/bucket/report_parts.ts";
import { parseStateKey } from "../../../mod/pure/bucket/state_keys.ts";

const at = "2026-01-01T00:00:00.000Z";
const about = { node: "ip-10-0-0-1.ec2.internal", agent: "0.2.0" };
const warm: ImageReport = { state: "warm", since: at, bytes: 123_456_789, pullSeconds: 1.5 };

function manyImages(count: number, image: ImageReport): Record<string, ImageReport> {
  const references = Array.from({ length: count }, (_, i) => `registry.example/team/app-${i}:1`);
  return Object.fromEntries(references.map((reference) => [reference, image]));
}

/** What a reader makes of the entries: all images, and how many parts there are. */
function read(entries: ReturnType<typeof reportEntries>) {
  const images: Record<string, unknown> = {};
  let head: { parts?: number; omitted?: number } = {};
  for (const { key, value } of entries) {
    const parsed = parseStateKey(key);
    const decoded: Decoded<PartValue & { parts?: number; omitted?: number }> =
      parsed?.type === "part" ? decodePart(value) : decodeReport(value);
    assert("value" in decoded, "fault" in decoded ? decoded.fault : "");
    assertEquals([decoded.value.node, decoded.value.at], [about.node, at]);
    Object.assign(images, decoded.value.images);
    if (parsed?.type === "report") head = decoded.value;
  }
  return { images, parts: head.parts ?? 1, omitted: head.omitted ?? 0 };
}

const bytesOf = (text: string) => new TextEncoder().encode(text).length;

Deno.test("a report that fits is one value, as it always was", () => {
  const images = manyImages(500, warm);
  const entries = reportEntries({ ...about, images }, { at, partBytes: 900_000 });
  assertEquals(entries.map(({ key }) => key), [`report.${about.node}`]);
  assertEquals(JSON.parse(entries[0]?.value ?? ""), { v: 1, ...about, at, images });
});

Deno.test("a node without images has a report too", () => {
  const entries = reportEntries({ ...about, images: {} }, { at, partBytes: 900_000 });
  assertEquals(read(entries), { images: {}, parts: 1, omitted: 0 });
});

for (
  const [what, count, image] of [
    ["8,000 warm images", 8_000, warm],
    ["2,000 long failures", 2_000, {
      state: "failed",
      since: at,
      reason: `not_found: ${"ü".repeat(500)}`,
    }],
  ] as const
) {
  Deno.test(`a report of ${what} comes in parts that NATS takes, and is read whole`, () => {
    const images = manyImages(count, image);
    const entries = reportEntries({ ...about, images }, { at, partBytes: 900_000 });
    assertEquals(entries.length, 2 + (what.includes("long") ? 1 : 0));
    for (const { value } of entries) assert(bytesOf(value) <= 900_000, `${bytesOf(value)}`);
    assertEquals(read(entries), { images, parts: entries.length, omitted: 0 });
    assertEquals(entries.at(-1)?.key, `report.${about.node}`);
  });
}

Deno.test("whatever a node has, its report is read as it was written, and no part is too long", () => {
  const text = fc.string({ unit: "binary", maxLength: 300 });
  const image = fc.record({
    state: fc.constantFrom("warm", "pulling", "waiting", "failed", "skipped"),
    since: fc.constant(at),
    reason: text,
    bytes: fc.nat(),
  }, { requiredKeys: ["state", "since"], noNullPrototype: true }) as fc.Arbitrary<ImageReport>;
  const images = fc.dictionary(fc.string({ minLength: 1 }), image, { noNullPrototype: true });
  fc.assert(fc.property(images, fc.integer({ min: 6_000, max: 20_000 }), (images, partBytes) => {
    const entries = reportEntries({ ...about, images }, { at, partBytes });
    for (const { value } of entries) assert(bytesOf(value) <= partBytes);
    const got = read(entries);
    assertEquals(got.images, images);
    assertEquals([got.parts, got.omitted], [entries.length, 0]);
  }));
});

Deno.test("with fewer parts than needed, the report says how many images it leaves out", () => {
  const images = manyImages(1_000, warm);
  const shape = { at, partBytes: 20_000, maxParts: 1 };
  const { images: kept, omitted, parts } = read(reportEntries({ ...about, images }, shape));
  assert(omitted > 0);
  assertEquals([Object.keys(kept).length + omitted, parts], [1_000, 1]);
});
