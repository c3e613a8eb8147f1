import { printPiece, printResult } from "../harness/print.ts";
import type { TestQueue } from "./test_order.ts";
import { readTestOutput, type TestCounts } from "./test_output.ts";

const ROOT = new URL("../../", import.meta.url);

/** One `deno test` and what came of it. */
export interface TestRun {
  readonly files: readonly string[];
  readonly seconds: number;
  /** Undefined when deno did not get to the end of the files. */
  readonly counts: TestCounts | undefined;
}

/** Tells whether the files' types are right; deno says what is wrong. */
export async function checkTypes(
  files: readonly string[],
  flags: readonly string[],
): Promise<boolean> {
  const args = ["check", "--quiet", ...flags, ...files];
  return (await deno(args, { stdout: "inherit" }).status).success;
}

/** Runs some files in one process, without checking their types. */
export async function runTests(
  files: readonly string[],
  flags: readonly string[],
): Promise<TestRun> {
  const began = performance.now();
  const strict = ["--no-check", "--sanitize-ops", "--sanitize-resources"];
  const child = deno(["test", "-A", ...strict, ...flags, ...files], { stdout: "piped" });
  let output = "";
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    printPiece(chunk);
    output += chunk;
  }
  const { success, code } = await child.status;
  const seconds = (performance.now() - began) / 1000;
  const counts = readTestOutput(output);
  if (!counts) printResult(`deno test ended with code ${code} and without an account of its tests`);
  const silent = counts && !success && counts.failed === 0;
  return { files, seconds, counts: silent ? { ...counts, failed: 1 } : counts };
}

/**
 * Runs each file in a process of its own, at most so many at the same time: they change or look at
 * what belongs to one (children, environment, signals).
 */
export async function runApart(
  queue: TestQueue,
  lanes: number,
  flags: readonly string[],
): Promise<TestRun[]> {
  const wholeLines = ["--parallel", ...flags]; // each with its file, as files print side by side
  const lane = async () => {
    const runs: TestRun[] = [];
    for (let file = queue.next(); file !== undefined; file = queue.next()) {
      runs.push(await runTests([file], wholeLines));
      queue.ended(file);
    }
    return runs;
  };
  return (await Promise.all(Array.from({ length: lanes }, lane))).flat();
}

function deno(args: readonly string[], options: { readonly stdout: "inherit" | "piped" }) {
  return new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: ROOT,
    stdin: "null",
    ...options,
  }).spawn();
}
