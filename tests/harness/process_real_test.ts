import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { startProcess, waitUntil } from "./process.ts";

Deno.test("a process that does not become ready is stopped, and the error quotes its output", async () => {
  const error = await assertRejects(() =>
    startProcess("sh", {
      args: ["-c", "echo pid $$; exec sleep 60"],
      ready: () => Promise.resolve(false),
      readyTimeoutMs: 300,
    }), Error);
  const [, pid] = /pid (\d+)/.exec(error.message) ?? [];
  await assertRejects(() => Deno.stat(`/proc/${pid}`), Deno.errors.NotFound);
});

Deno.test("a process that ends before it is ready says why", async () => {
  const error = await assertRejects(() =>
    startProcess("sh", {
      args: ["-c", "echo no such file >&2; exit 3"],
      ready: () => Promise.resolve(false),
    }), Error);
  assertMatch(error.message, /ended with code 3 before it was ready: no such file/);
});

Deno.test("a process that ignores TERM is killed, a suspended one as well", async () => {
  const deaf = await startProcess("sh", {
    args: ["-c", "trap '' TERM; echo deaf; while :; do sleep 1; done"],
    ready: (process) => Promise.resolve(process.log().includes("deaf")),
  });
  const suspended = await startProcess("sleep", { args: ["60"] });
  suspended.signal("SIGSTOP");
  await Promise.all([deaf.stop(), suspended.stop()]);
  assertEquals((await suspended.exited).signal, "SIGTERM");
  assertEquals((await deaf.exited).signal, "SIGKILL");
});

Deno.test("lines arrive whole, and only the end of a long output is kept", async () => {
  const lines: string[] = [];
  await using process = await startProcess("sh", {
    args: ["-c", "seq 200000; printf 'the end\\n'; exec sleep 60"],
    onLine: (line) => lines.push(line),
  });
  await waitUntil("all lines are there", () => lines.at(-1) === "the end");
  assertEquals(lines.length, 200_001);
  assertEquals(lines[99_999], "100000");
  assert(process.log().length <= 256 * 1024);
  assert(process.log().endsWith("the end\n"));
});
