import { assertEquals } from "@std/assert";
import { readTestOutput, skipReason } from "./test_output.ts";

Deno.test("tests are counted, steps are not", () => {
  const output = "a ... ok (1ms)\n\nok | 2 passed (3 steps) | 0 failed (9ms)\n";
  assertEquals(readTestOutput(output), {
    passed: 2,
    failed: 0,
    skips: [],
    failures: [],
    errors: "",
  });
});

Deno.test("skipped tests are named, skipped steps are not", () => {
  const serial = "a ...\n  s [skipped: x] ... ignored (0ms)\na ... ok (1ms)\n" +
    "b [skipped: not root] ... ignored (0ms)\n\n" +
    "ok | 1 passed | 0 failed | 1 ignored (1 step) (9ms)\n";
  assertEquals(readTestOutput(serial)?.skips, ["b [skipped: not root]"]);
  const parallel = "./tests/a_test.ts => a ... s ... ignored (0ms)\n" +
    "./tests/a_test.ts => b [skipped: not root] ... ignored (0ms)\n\n" +
    "ok | 1 passed (1 step) | 0 failed | 1 ignored (1 step) (9ms)\n";
  assertEquals(readTestOutput(parallel)?.skips, ["b [skipped: not root]"]);
});

Deno.test("failed tests are named, failed steps are not", () => {
  const serial = "a ...\n  s ... FAILED (1ms)\na ... FAILED (due to 1 failed step) (2ms)\n\n" +
    "FAILED | 0 passed | 1 failed (1 step) (9ms)\n";
  assertEquals(readTestOutput(serial)?.failures, ["a"]);
  const parallel = "./tests/a_test.ts => a ... s ... FAILED (1ms)\n" +
    "./tests/a_test.ts => a ... FAILED (due to 1 failed step) (2ms)\n\n" +
    "FAILED | 0 passed | 1 failed (1 step) (9ms)\n";
  assertEquals(readTestOutput(parallel)?.failures, ["a"]);
});

Deno.test("colours do not matter", () => {
  const output = "x ... \x1b[33mignored\x1b[0m \x1b[38;5;245m(0ms)\x1b[0m\n" +
    "\x1b[0m\x1b[32mFAILED\x1b[0m | 1 passed | 2 failed | 1 ignored \x1b[38;5;245m(1s)\x1b[0m\n";
  assertEquals(readTestOutput(output), {
    passed: 1,
    failed: 2,
    skips: ["x"],
    failures: [],
    errors: "",
  });
});

Deno.test("what is said of failures is kept, up to a length", () => {
  const around = (errors: string) =>
    `a ... FAILED (2ms)\n\n\x1b[41m ERRORS \x1b[0m\n\n${errors}\n\n FAILURES \n\na => x.ts:1:6\n\n` +
    "FAILED | 0 passed | 1 failed (9ms)\n";
  const short = "a => x.ts:1:6\nerror: AssertionError: 1 is not 2\n    at x.ts:2:3";
  assertEquals(readTestOutput(around(short))?.errors, short);
  const long = Array.from({ length: 100 }, (_, line) => `line ${line}`).join("\n");
  assertEquals(readTestOutput(around(long))?.errors.endsWith("line 59\n… 40 more lines"), true);
});

Deno.test("the last closing line counts, as tests may print one", () => {
  const output =
    "ok | 7 passed | 0 failed (1s)\n\nok | 1 passed | 0 failed | 5 filtered out (2m3s)\n";
  assertEquals(readTestOutput(output)?.passed, 1);
});

Deno.test("an output that ends early tells nothing", () => {
  assertEquals(readTestOutput("a ... ok (1ms)\nerror: Uncaught\n"), undefined);
  assertEquals(readTestOutput("ok | 1 passed | 0 failed | 1 ignored (9ms)\n"), undefined);
});

Deno.test("a skipped test gives its reason in brackets", () => {
  assertEquals(skipReason("pulls [skipped: no containerd]"), "no containerd");
  assertEquals(skipReason("pulls [skipped: ]"), undefined);
  assertEquals(skipReason("pulls"), undefined);
});
