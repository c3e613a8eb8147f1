import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { readStat } from "./proc.ts";
import { startProcess } from "./process.ts";
import { waitUntil } from "./wait.ts";

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
  await suspended.suspend();
  await Promise.all([deaf.stop(), suspended.stop()]);
  assertEquals((await suspended.exited).signal, "SIGTERM");
  assertEquals((await deaf.exited).signal, "SIGKILL");
});

Deno.test("a suspended process does nothing any more, all of its threads, until it is resumed", async () => {
  let counted = 0;
  // Deno itself: a program with many threads.
  await using process = await startProcess(Deno.execPath(), {
    args: ["eval", "for (let n = 1;; n++) console.log(n);"],
    onLine: () => counted++,
    ready: () => Promise.resolve(counted > 0),
  });
  for (let times = 0; times < 5; times++) {
    await process.suspend();
    for await (const { name } of Deno.readDir(`/proc/${process.pid}/task`)) {
      assertEquals((await readStat(process.pid, Number(name)))?.state, "T");
    }
    const before = counted;
    await process.resume();
    await waitUntil("it goes on", () => counted > before);
  }
});

Deno.test("a killed process is gone at once, and all it said has arrived", async () => {
  const process = await startProcess("sh", {
    args: ["-c", "seq 20000; exec sleep 60"],
    ready: (process) => Promise.resolve(process.log().includes("\n20000\n")),
  });
  assertEquals((await process.kill()).signal, "SIGKILL");
  assertEquals(await readStat(process.pid), undefined);
  await using last = await startProcess("sh", { args: ["-c", "seq 30000; exit 3"] });
  assertEquals((await last.exited).code, 3);
  assert(last.log().endsWith("\n30000\n"));
});

Deno.test("a process whose grandchild holds its output is gone all the same", async () => {
  const process = await startProcess("sh", { args: ["-c", "sleep 3 & echo said; exit 0"] });
  assertEquals((await process.exited).code, 0);
  assertEquals(process.log(), "said\n");
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
