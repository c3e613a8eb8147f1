import { assert, assertEquals } from "@std/assert";
import { decodeText } from "../../../mod/adapters/manifests/decode_text.ts";

const bytes = (...list: number[]) => new Uint8Array(list);

Deno.test("a byte order mark says which Unicode a file is in, and is no part of its text", () => {
  assertEquals(decodeText(bytes(0x61, 0xc3, 0xa9)), { text: "aé" });
  assertEquals(decodeText(bytes(0xef, 0xbb, 0xbf, 0x61)), { text: "a" });
  assertEquals(decodeText(bytes(0xff, 0xfe, 0x61, 0, 0xe9, 0)), { text: "aé" });
  assertEquals(decodeText(bytes(0xfe, 0xff, 0, 0x61, 0, 0xe9)), { text: "aé" });
  assertEquals(decodeText(bytes()), { text: "" });
});

Deno.test("a byte that is no UTF-8, as in an old comment, does not spoil the file", () => {
  assertEquals(decodeText(bytes(0x61, 0xe9, 0x62)), { text: "a\uFFFDb" });
});

Deno.test("UTF-32 and NUL bytes are refused with the reason", () => {
  const cases: [string, Uint8Array][] = [
    ["UTF-32", bytes(0xff, 0xfe, 0, 0, 0x61, 0, 0, 0)],
    ["UTF-32", bytes(0, 0, 0xfe, 0xff, 0, 0, 0, 0x61)],
    ["without a byte order mark", bytes(0x61, 0, 0x62, 0)],
    ["without a byte order mark", bytes(0, 0x61, 0, 0x62)],
  ];
  for (const [why, raw] of cases) {
    const decoded = decodeText(raw);
    assert("why" in decoded && decoded.why.includes(why), JSON.stringify(decoded));
  }
});
