import { assertEquals } from "@std/assert";
import fc from "fast-check";
import type { ValueType } from "../../../mod/pure/settings/settings_table.ts";
import {
  byteSizeOrOff,
  duration,
  list,
  listenAddress,
  onOrOff,
  percent,
  text,
  wholeNumber,
} from "../../../mod/pure/settings/settings_values.ts";

Deno.test("a duration is hours, minutes, seconds and milliseconds", () => {
  const type = duration("0s", "24h");
  for (
    const [given, ms] of [
      ["30s", 30_000],
      ["10m", 600_000],
      ["1h", 3_600_000],
      ["1h30m", 5_400_000],
      ["500ms", 500],
      ["1h1m1s1ms", 3_661_001],
      ["0s", 0],
    ] as const
  ) assertEquals(type.read([given], "flag"), { value: ms }, given);
});

for (const given of ["", "10", "1d", "1.5h", "-1s", "m", "30m1h", " 1s", "1s ", "1S", "∞"]) {
  Deno.test(`"${given}" is no duration`, () => {
    assertEquals(faulty(duration("0s", "24h"), given), true);
  });
}

Deno.test("a duration out of bounds is refused with the bounds", () => {
  const type = duration("1s", "1h");
  assertEquals(type.read(["999ms"], "flag"), { fault: "must be from 1s to 1h" });
  assertEquals(type.read(["61m"], "flag"), { fault: "must be from 1s to 1h" });
  assertEquals(type.read(["60m"], "flag"), { value: 3_600_000 });
});

Deno.test("a number is digits only and within bounds", () => {
  const type = wholeNumber(1, 50);
  for (const given of ["0", "51", "-1", "1.0", "1e1", "0x1", " 1", "", "99999999999"]) {
    assertEquals(faulty(type, given), true, given);
  }
  assertEquals(type.read(["50"], "flag"), { value: 50 });
});

Deno.test("a percentage may carry its sign", () => {
  assertEquals(percent().read(["80%"], "flag"), { value: 80 });
  assertEquals(percent().read(["99"], "flag"), { value: 99 });
  for (const given of ["0", "100", "%", "8%0"]) assertEquals(faulty(percent(), given), true, given);
});

Deno.test("a size may be off, as an empty one and 0 are", () => {
  const type = byteSizeOrOff();
  for (
    const [given, value] of [
      ["50MB", 50 * 1024 ** 2],
      ["1gi", 1024 ** 3],
      ["7", 7],
      ["off", undefined],
      ["", undefined],
      ["0", undefined],
      ["0GB", undefined],
    ] as const
  ) assertEquals(type.read([given], "flag"), { value }, given);
  assertEquals(type.read(["much"], "flag"), {
    fault: "must be a size such as 512MB or 1Gi, or off",
  });
});

Deno.test("a switch is on or off, and what YAML makes of these", () => {
  for (const on of ["on", "ON", "true"]) {
    assertEquals(onOrOff().read([on], "variable"), { value: true }, on);
  }
  for (const off of ["off", "Off", "false"]) {
    assertEquals(onOrOff().read([off], "variable"), { value: false }, off);
  }
  for (const given of ["", "1", "yes", " on"]) assertEquals(faulty(onOrOff(), given), true, given);
});

Deno.test("an address to listen on is host:port, :port, or off", () => {
  const type = listenAddress();
  for (
    const [given, value] of [
      ["127.0.0.1:80", { hostname: "127.0.0.1", port: 80 }],
      ["localhost:65535", { hostname: "localhost", port: 65535 }],
      ["[::1]:8080", { hostname: "::1", port: 8080 }],
      [":8080", { hostname: "0.0.0.0", port: 8080 }],
      ["", undefined],
      ["off", undefined],
    ] as const
  ) assertEquals(type.read([given], "flag"), { value }, given);
  for (
    const given of [
      "8080",
      "a",
      "a:",
      "a:0",
      "a:65536",
      "::1:80",
      "[::1]",
      "http://a:80",
      "a b:1",
      "[1:2]:80",
    ]
  ) {
    assertEquals(faulty(type, given), true, given);
  }
});

Deno.test("a list stops at its first faulty item and quotes it", () => {
  const type = list("X", (item) => item === "bad" ? { fault: "is bad" } : { value: item });
  assertEquals(type.read(["a bad c"], "flag"), { fault: '"bad" is bad' });
});

Deno.test("reading never throws, whatever the text", () => {
  const types: ValueType<unknown>[] = [
    duration("0s", "1h"),
    wholeNumber(0, 9),
    percent(),
    text("X"),
    listenAddress(),
    list("X", (value) => ({ value })),
  ];
  fc.assert(fc.property(fc.string({ unit: "binary" }), (given) => {
    for (const type of types) type.read([given], "flag");
  }));
});

function faulty(type: ValueType<unknown>, given: string): boolean {
  return "fault" in type.read([given], "flag");
}
