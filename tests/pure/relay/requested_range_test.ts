import { assertEquals } from "@std/assert";
import { requestedRange } from "../../../mod/pure/relay/requested_range.ts";

Deno.test("one range of bytes is read as the standard says", () => {
  const cases: [header: string | null, expected: ReturnType<typeof requestedRange>][] = [
    [null, { kind: "whole" }],
    ["bytes=0-", { kind: "part", from: 0, end: 100 }],
    ["bytes=40-", { kind: "part", from: 40, end: 100 }],
    ["bytes=40-49", { kind: "part", from: 40, end: 50 }],
    ["bytes=99-99", { kind: "part", from: 99, end: 100 }],
    ["bytes=90-500", { kind: "part", from: 90, end: 100 }],
    ["bytes=-10", { kind: "part", from: 90, end: 100 }],
    ["bytes=-500", { kind: "part", from: 0, end: 100 }],
    ["Bytes=5-6", { kind: "part", from: 5, end: 7 }],
    ["bytes=100-", { kind: "unsatisfiable" }],
    ["bytes=-0", { kind: "unsatisfiable" }],
  ];
  for (const [header, expected] of cases) assertEquals(requestedRange(header, 100), expected);
});

Deno.test("what is not one range of bytes counts as if it were not there", () => {
  for (const header of ["bytes=-", "bytes=9-5", "bytes=0-1,5-6", "lines=0-5", "bytes=a-b", ""]) {
    assertEquals(requestedRange(header, 100), { kind: "whole" }, header);
  }
});
