// Runs the tests: `deno run -A tests/tasks/test.ts [unit|e2e|all] [-- FILES, FOLDERS, flags of deno test]`.
// First the pure ones, in one process; then those that need real parts or a real cluster, each file
// in a process of its own, several at the same time. `e2e` is those on a cluster alone.
import { offlineFlags } from "../../mod/build/offline_flags.ts";
import { printResult } from "../harness/print.ts";
import { kindOf, type TestKind, TestQueue } from "./test_order.ts";
import { skipReason } from "./test_output.ts";
import { checkTypes, runApart, runTests, type TestRun } from "./test_run.ts";

const ROOT = new URL("../../", import.meta.url);

const KINDS: Readonly<Record<string, readonly TestKind[]>> = {
  unit: ["pure"],
  e2e: ["e2e"],
  all: ["pure", "real", "e2e"],
};

/** Two more than there are processors: most of them wait for something most of the time. */
const LANES = Number(Deno.env.get("WARM_IMAGES_LANES")) || navigator.hardwareConcurrency + 2;

if (import.meta.main) Deno.exit(await main(Deno.args));

async function main(args: readonly string[]): Promise<number> {
  const [which = "all", ...rest] = args;
  const kinds = KINDS[which];
  if (kinds === undefined) {
    printResult(`Cannot run "${which}": say unit, e2e or all, and pass anything else behind --`);
    return 2;
  }
  const extra = rest.filter((arg) => arg !== "--");
  const paths = extra.filter((arg) => arg.endsWith(".ts") || /^(\.\/)?tests(\/|$)/.test(arg));
  const files = await Promise.all((paths.length > 0 ? paths : ["tests"]).map(testFiles));
  const offline = await offlineFlags();
  const flags = [...offline, ...extra.filter((arg) => !paths.includes(arg))];
  const chosen = files.flat().filter((file) => kinds.includes(kindOf(file))).sort();
  if (chosen.length > 0 && !await checkTypes(chosen, offline)) {
    printResult("Failed: types, see above\n0 passed, 1 failed, 0 skipped");
    return 1;
  }
  const pure = chosen.filter((file) => kindOf(file) === "pure");
  const others = chosen.filter((file) => kindOf(file) !== "pure");
  const runs: TestRun[] = [];
  if (pure.length > 0) runs.push(await runTests(pure, ["--parallel", "--shuffle", ...flags]));
  const queue = new TestQueue(others, { mostClusters: navigator.hardwareConcurrency });
  runs.push(...await runApart(queue, LANES, flags));
  return conclude(runs);
}

/** Says what took long, what was skipped and why, and what failed; the sums as the very last line. */
function conclude(runs: readonly TestRun[]): number {
  const known = runs.map(({ counts }) => counts).filter((counts) => counts !== undefined);
  const skips = known.flatMap((counts) => counts.skips);
  const silent = skips.filter((name) => skipReason(name) === undefined);
  for (const name of skips) printResult(`Skipped: ${name}`);
  for (const name of silent) {
    printResult(`Failed: "${name}" was skipped without "[skipped: reason]"`);
  }
  const passed = sum(known.map((counts) => counts.passed));
  const failed = sum(known.map((counts) => counts.failed)) + silent.length +
    (runs.length - known.length);
  for (const { errors } of known) if (errors !== "") printResult(`${errors}\n`);
  for (const name of known.flatMap((counts) => counts.failures)) printResult(`Failed: ${name}`);
  if (passed + failed === 0) printResult("Failed: no test ran");
  if (runs.length > 10) printSlowest(runs);
  printResult(`${passed} passed, ${failed} failed, ${skips.length - silent.length} skipped`);
  return failed > 0 || passed === 0 ? 1 : 0;
}

/** What the slowest ten cost: who makes one of them cheaper, or adds to it, sees it here. */
function printSlowest(runs: readonly TestRun[]): void {
  const slowest = runs.toSorted((a, b) => b.seconds - a.seconds).slice(0, 10);
  for (const { files, seconds } of slowest) {
    const what = files.length === 1 ? files[0] : `${files.length} files in one process`;
    printResult(`${seconds.toFixed(0).padStart(5)} s  ${what}`);
  }
}

/** The file itself, or all tests below a folder. */
async function testFiles(path: string): Promise<string[]> {
  if (path.endsWith(".ts")) return [path];
  const files: string[] = [];
  const folder = path.replace(/\/$/, "");
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
