import { assertEquals } from "@std/assert";
import type { TestProgram } from "./programs.ts";
import { waitUntil } from "./wait.ts";

/** One line of a JSON log. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly level: string };

/** The lines a program has logged above level info; it must log JSON. */
export function warningsOf(program: TestProgram): LogLine[] {
  return program.log().split("\n").filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as LogLine)
    .filter(({ level }) => level === "warn" || level === "error");
}

/**
 * Waits until a program has logged so many lines above level info, and resolves to all of them: what
 * it says over HTTP may be here before what it logged earlier.
 */
export async function untilWarned(program: TestProgram, count: number): Promise<LogLine[]> {
  await waitUntil(`it has warned ${count} times`, () => warningsOf(program).length >= count);
  return warningsOf(program);
}

/** Waits until a condition does not hold for a reason with each of these texts in it. */
export async function untilNotReady(
  program: TestProgram,
  condition: string,
  ...texts: readonly string[]
): Promise<void> {
  let reason: string | undefined;
  const says = async () => {
    reason = (await program.notReady())[condition];
    return texts.every((text) => reason?.includes(text));
  };
  await waitUntil(`${condition} says "${texts.join('", "')}"`, says).catch((error) => {
    throw new Error(`${error.message}; it says "${reason}"`, { cause: error });
  });
}

/** Asks a program to stop and waits until it has ended, with 0. */
export async function endsWellOnSignal(program: TestProgram): Promise<void> {
  program.signal("SIGTERM");
  assertEquals((await program.exited).code, 0, program.log());
}
