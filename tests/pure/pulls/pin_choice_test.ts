import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  choosePins,
  honoursPins,
  type PinCandidate,
  type PinRules,
} from "../../../mod/pure/pulls/pin_choice.ts";
import { diskBytesOf } from "../../../mod/pure/room/image_need.ts";

const MB = 1_000_000;
const RULES: PinRules = { which: "wanted", maxBytes: 1000 * MB, forMs: 10_000 };
const NOW = 1_000_000;

function image(reference: string, given: Partial<PinCandidate> = {}): PinCandidate {
  const usual = { bytes: 10 * MB, priority: 0, neededBy: undefined, warmSince: NOW };
  return { ...usual, ...given, reference };
}

function chosen(images: readonly PinCandidate[], rules: Partial<PinRules> = {}, now = NOW) {
  return [...choosePins(images, { ...RULES, ...rules }, now).pinned.keys()];
}

Deno.test("all, those that are due, or none are pinned", () => {
  const images = [image("a"), image("b", { neededBy: "2026-11-26T21:00:00Z" })];
  assertEquals(chosen(images).toSorted(), ["a", "b"]);
  assertEquals(chosen(images, { which: "due" }), ["b"]);
  assertEquals(chosen(images, { which: "off" }), []);
});

Deno.test("the budget goes to what is needed first, then by priority, then to small ones", () => {
  const images = [
    image("large", { bytes: 20 * MB }),
    image("small"),
    image("important", { priority: 5 }),
    image("later", { neededBy: "2026-11-27T00:00:00Z" }),
    image("soon", { neededBy: "2026-11-26T00:00:00Z", bytes: 30 * MB }),
  ];
  assertEquals(chosen(images), ["soon", "later", "important", "small", "large"]);
  const room = (count: number) => ({ maxBytes: diskBytesOf(count * MB) });
  assertEquals(chosen(images, room(40)), ["soon", "later"]);
  assertEquals(chosen(images, room(39)), ["soon"], "not a byte more");
  assertEquals(
    chosen(images, room(29)),
    ["later", "important"],
    "what does not fit is passed over",
  );
});

Deno.test("an image of unknown size is not pinned, as it might take any budget", () => {
  assertEquals(chosen([image("a", { bytes: undefined })]), []);
});

Deno.test("a pin ends by when its image became warm", () => {
  const images = [image("old", { warmSince: NOW - 10_000 }), image("new", { warmSince: NOW - 1 })];
  const { pinned, ended, nextAt } = choosePins(images, RULES, NOW);
  assertEquals([[...pinned.keys()], [...ended], nextAt], [["new"], ["old"], NOW + 9_999]);
  assertEquals(choosePins([], RULES, NOW).nextAt, undefined);
});

Deno.test("whatever the order of images, the same ones are pinned, and within the budget", () => {
  const images = fc.uniqueArray(
    fc.record({
      reference: fc.string({ minLength: 1, maxLength: 4 }),
      bytes: fc.option(fc.nat(100 * MB), { nil: undefined }),
      priority: fc.nat(3),
      neededBy: fc.constantFrom(undefined, "2026-11-26", "2026-11-27"),
      warmSince: fc.integer({ min: NOW - 20_000, max: NOW }),
    }),
    { selector: ({ reference }) => reference },
  );
  fc.assert(fc.property(images, (all) => {
    const { pinned } = choosePins(all, RULES, NOW);
    const again = choosePins(all.toReversed(), RULES, NOW);
    assertEquals([...again.pinned.keys()], [...pinned.keys()]);
    const bytes = [...pinned.values()].reduce((sum, { diskBytes }) => sum + diskBytes, 0);
    assert(bytes <= RULES.maxBytes);
    assert([...pinned.keys()].every((reference) => !again.ended.has(reference)));
  }));
});

for (
  const [server, expected] of [
    ["1.6.20~ds1", false],
    ["1.7.0", true],
    ["v1.7.24", true],
    ["1.10.0", true],
    ["2.3.7", true],
    ["2.1.9+unknown", true],
    ["(devel)", true],
  ] as const
) {
  Deno.test(`containerd ${server} ${expected ? "heeds" : "ignores"} pins`, () => {
    assertEquals(honoursPins(server), expected);
  });
}
