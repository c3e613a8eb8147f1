// Runs the tests: `deno run -A tests/tasks/test.ts [unit|e2e|all] [-- FILES and flags of deno test]`.
// First the pure ones, in parallel; then, with `all`, those that need real parts, each file in a
// process of its own; last, one by one, those on a real cluster, which fill a machine and are timed.
// `e2e` is these alone.
import { offlineFlags } from "../../mod/build/offline_flags.ts";
import { readTestOutput, skipReason, type TestCounts } from "./test_output.ts";

const ROOT = new URL("../../", import.meta.url);

if (import.meta.main) Deno.exit(await main(Deno.args));

async function main(args: readonly string[]): Promise<number> {
  const [which = "all", ...rest] = args;
  if (!["all", "unit", "e2e"].includes(which)) {
    say(`Cannot run "${which}": say unit, e2e or all, and pass anything else behind --`);
    return 2;
  }
  const extra = rest.filter((arg) => arg !== "--");
  const files = extra.filter((arg) => arg.endsWith(".ts"));
  const flags = [...await offlineFlags(), ...extra.filter((arg) => !arg.endsWith(".ts"))];
  const chosen = (files.length > 0 ? files : await testFiles("tests")).sort();
  const real = chosen.filter((file) => file.endsWith("_real_test.ts"));
  const e2e = chosen.filter((file) => file.endsWith("_e2e_test.ts"));
  const pure = chosen.filter((file) => !real.includes(file) && !e2e.includes(file));
  const results = [];
  if (which !== "e2e") results.push(await runTests(pure, ["--parallel", "--shuffle", ...flags]));
  if (which === "all") results.push(...await runApart(real, flags));
  if (which !== "unit") results.push(await runTests(e2e, flags));
  return conclude(results);
}

/**
 * Runs as many files at once as there are cores, each in a process of its own: they change or look
 * at what belongs to one (children, environment, signals).
 */
async function runApart(files: string[], flags: string[]): Promise<(TestCounts | undefined)[]> {
  const wholeLines = ["--parallel", ...flags]; // each with its file, as files print side by side
  const waiting = files.values();
  const lane = async () => {
    const results = [];
    for (const file of waiting) results.push(await runTests([file], wholeLines));
    return results;
  };
  const lanes = Array.from({ length: navigator.hardwareConcurrency }, lane);
  return (await Promise.all(lanes)).flat();
}

/** Runs some files; undefined when deno did not get to the end of them. */
async function runTests(files: string[], flags: string[]): Promise<TestCounts | undefined> {
  if (files.length === 0) return { passed: 0, failed: 0, skips: [], failures: [] };
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", "--sanitize-ops", "--sanitize-resources", ...flags, ...files],
    cwd: ROOT,
    stdin: "null",
    stdout: "piped",
  }).spawn();
  let output = "";
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    write(chunk);
    output += chunk;
  }
  const { success, code } = await child.status;
  const counts = readTestOutput(output);
  if (!counts) say(`deno test ended with code ${code} and without an account of its tests`);
  return counts && !success && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

/** Says what was skipped and why, and what failed; then the sums as the very last line. */
function conclude(results: readonly (TestCounts | undefined)[]): number {
  const known = results.filter((result) => result !== undefined);
  const skips = known.flatMap((result) => result.skips);
  const silent = skips.filter((name) => skipReason(name) === undefined);
  for (const name of skips) say(`Skipped: ${name}`);
  for (const name of silent) say(`Failed: "${name}" was skipped without "[skipped: reason]"`);
  const passed = sum(known.map((result) => result.passed));
  const failed = sum(known.map((result) => result.failed)) + silent.length +
    (results.length - known.length);
  for (const name of known.flatMap((result) => result.failures)) say(`Failed: ${name}`);
  if (passed + failed === 0) say("Failed: no test ran");
  say(`${passed} passed, ${failed} failed, ${skips.length - silent.length} skipped`);
  return failed > 0 || passed === 0 ? 1 : 0;
}

async function testFiles(folder: string): Promise<string[]> {
  const files: string[] = [];
  for await (const entry of Deno.readDir(new URL(`${folder}/`, ROOT))) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) files.push(...await testFiles(path));
    else if (entry.name.endsWith("_test.ts")) files.push(path);
  }
  return files;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function say(line: string): void {
  write(`${line}\n`);
}

function write(text: string): void {
  let bytes = new TextEncoder().encode(text);
  while (bytes.length > 0) bytes = bytes.subarray(Deno.stdout.writeSync(bytes));
}
