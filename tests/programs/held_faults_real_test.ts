import { assertEquals, assertStringIncludes } from "@std/assert";
import { runCommand } from "../harness/commands.ts";
import { endsWellOnSignal, untilNotReady, untilWarned } from "../harness/program_log.ts";
import { sourceCommand, startProgram } from "../harness/programs.ts";

/** As the chart has it. */
const HELD = { HOLD_ON_FAULTS: "true", LOG_FORMAT: "json" };

Deno.test("an agent told to hold on faults shows them, and stays up until it is stopped", async () => {
  const env = { ...HELD, PULL_PARALLEL: "many", DISK_HIGH: "100" };
  await using agent = await startProgram("agent", { env });
  const faults = [
    '--pull-parallel (PULL_PARALLEL): must be a whole number from 1 to 50, current value is "many"',
    '--disk-high (DISK_HIGH): must be a whole number from 1 to 99, current value is "100"',
  ];
  await untilNotReady(agent, "settings", faults.join("; "));
  assertEquals((await untilWarned(agent, faults.length)).map(({ fault }) => fault), faults);
  await endsWellOnSignal(agent);
});

for (
  const [what, flags, reason] of [
    ["an unknown flag", ["--kind=Pod"], "--kind: unknown flag, the nearest known one is --kinds"],
    ["an unreadable kubeconfig", ["--kubeconfig=/nowhere"], 'Cannot read kubeconfig "/nowhere"'],
    ["no API server", [], "Cannot find a Kubernetes API server"],
  ] as const
) {
  Deno.test(`${what} holds a controller that was told to hold`, async () => {
    const env = { ...HELD, HOME: "/nowhere" };
    await using controller = await startProgram("controller", { env, flags });
    await untilNotReady(controller, "settings", reason);
    const warnings = await untilWarned(controller, 1);
    assertEquals(warnings.length, 1);
    assertStringIncludes(String(warnings[0]?.fault), reason);
    await endsWellOnSignal(controller);
  });
}

Deno.test("without being told so, a program ends at once", async () => {
  const env = { HOME: "/nowhere", HEALTH_ADDRESS: "off" };
  const run = async (...flags: string[]) => {
    const [command, args] = sourceCommand("controller", flags);
    return await runCommand(command, args, { env });
  };
  const unknown = await run("--kind=Pod");
  assertEquals(unknown.code, 2);
  assertStringIncludes(unknown.stderr, "--kind: unknown flag");
  const unfound = await run();
  assertEquals(unfound.code, 1);
  assertStringIncludes(unfound.stderr, "Cannot find a Kubernetes API server");
});
