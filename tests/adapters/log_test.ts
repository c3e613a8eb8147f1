import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import fc from "fast-check";
import { type LogOptions, openLog } from "../../mod/adapters/log.ts";

Deno.test("a machine reads one JSON object per line", () => {
  using _time = new FakeTime("2026-01-02T03:04:05.006Z");
  const { log, lines } = open({ isTerminal: false });
  log.info("Pulled", { reference: "docker.io/library/nginx:1", seconds: 2.5, again: false });
  assertEquals(lines, [
    '{"time":"2026-01-02T03:04:05.006Z","level":"info","message":"Pulled",' +
    '"reference":"docker.io/library/nginx:1","seconds":2.5,"again":false}\n',
  ]);
});

Deno.test("a person on a terminal reads time, level, message and fields", () => {
  const { log, lines } = open({ isTerminal: true });
  log.warn("Cannot pull", { reference: "a/b:1", detail: "no such host", left: undefined });
  assertMatch(
    lines[0] ?? "",
    /^\d\d:\d\d:\d\d WARN {2}Cannot pull {2}reference=a\/b:1 detail="no such host"\n$/,
  );
});

Deno.test("the format can be asked for whatever standard error is", () => {
  const json = open({ isTerminal: true, format: "json" });
  json.log.info("x");
  assertEquals(json.lines[0]?.[0], "{");
  const text = open({ isTerminal: false, format: "text" });
  text.log.info("x");
  assertMatch(text.lines[0] ?? "", /INFO {2}x\n$/);
});

Deno.test("lines below the level are not printed", () => {
  const { log, lines } = open({ level: "warn" });
  log.debug("a");
  log.info("b");
  log.warn("c");
  log.error("d");
  assertEquals(lines.map((line) => JSON.parse(line).message), ["c", "d"]);
});

Deno.test("no value can forge a line or reach the terminal", () => {
  const nasty = "x\n12:00:00 ERROR forged\r\x1b[2J\x07\u2028\u202e\x9b1m";
  for (const isTerminal of [true, false]) {
    const { log, lines } = open({ isTerminal });
    log.info(nasty, { a: nasty, "b\nc": "d" });
    assertEquals(lines.length, 1);
    assertMatch(lines[0] ?? "", /^[^\p{Cc}\u2028\u202e]*\n$/u);
  }
});

Deno.test("a field cannot pose as time, level or message", () => {
  const { log, lines } = open({});
  log.info("true", { level: "error", message: "false", time: "never" });
  const { level, message } = JSON.parse(lines[0] ?? "");
  assertEquals([level, message], ["info", "true"]);
});

Deno.test("a line is at most 8 KB and still says what it is about", () => {
  for (const isTerminal of [true, false]) {
    const { log, lines } = open({ isTerminal });
    log.info("Long", { reference: "a".repeat(100), detail: "ü\u0001".repeat(50_000) });
    assertStringIncludes(lines[0] ?? "", "a".repeat(100));
    assertEquals(bytesOf(lines[0]) <= 8193, true);
    const many = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`field${i}`, "x"]));
    log.info("Many", many);
    assertEquals(bytesOf(lines[1]) <= 8193, true);
    assertStringIncludes(lines[1] ?? "", "5000");
  }
});

Deno.test("whatever the fields, a machine can parse the line", () => {
  const { log, lines } = open({});
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    lines.length = 0;
    log.info(text, { text });
    assertEquals(JSON.parse(lines[0] ?? "").level, "info");
  }));
});

Deno.test("two logs in one process do not meet", () => {
  const one = open({ level: "error" });
  const other = open({ level: "debug" });
  one.log.info("a");
  other.log.info("b");
  assertEquals([one.lines.length, other.lines.length], [0, 1]);
});

function open(options: Partial<LogOptions>) {
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  const log = openLog({ level: "info", format: "auto", isTerminal: false, write, ...options });
  return { log, lines };
}

function bytesOf(line: string | undefined): number {
  return new TextEncoder().encode(line).length;
}
