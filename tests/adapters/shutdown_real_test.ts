import { assertEquals, assertStringIncludes } from "@std/assert";
import { listenForShutdown } from "../../mod/adapters/shutdown.ts";
import { recordingLogger } from "../harness/fakes/quiet.ts";
import { startProcess, type TestProcess } from "../harness/process.ts";
import { waitUntil } from "../harness/wait.ts";

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  Deno.test(`the first ${signal} lets the program stop in order, with exit code 0`, async () => {
    await using program = await start();
    program.signal(signal);
    assertEquals((await program.exited).code, 0);
    assertStringIncludes(program.log(), `stopping: Stopped by ${signal}; Stopping; a second`);
    assertStringIncludes(program.log(), "\nstopped\n");
  });
}

for (const second of ["SIGTERM", "SIGINT"] as const) {
  Deno.test(`a second signal, ${second}, ends the program at once with 130`, async () => {
    await using program = await start("never");
    program.signal("SIGTERM");
    await waitUntil("it is stopping", () => program.log().includes("stopping:"));
    program.signal(second);
    assertEquals((await program.exited).code, 130);
    assertEquals(program.log().includes("\nstopped\n"), false);
  });
}

Deno.test("a signal in this process aborts, and disposing stops listening", async () => {
  const logger = recordingLogger();
  const codes: number[] = [];
  {
    using stop = listenForShutdown({ logger, exit: (code) => void codes.push(code) });
    assertEquals(stop.signal.aborted, false);
    Deno.kill(Deno.pid, "SIGTERM");
    await waitUntil("the signal arrived", () => stop.signal.aborted);
    Deno.kill(Deno.pid, "SIGTERM");
    await waitUntil("the second signal arrived", () => codes.length > 0);
  }
  assertEquals(codes, [130]);
  assertEquals(logger.lines.map((line) => line.fields.signal), ["SIGTERM", "SIGTERM"]);
});

function start(...args: string[]): Promise<TestProcess> {
  const script = new URL("../harness/fakes/stoppable_program.ts", import.meta.url);
  return startProcess(Deno.execPath(), {
    args: ["run", "--no-lock", decodeURIComponent(script.pathname), ...args],
    ready: (program) => Promise.resolve(program.log().includes("running")),
  });
}
