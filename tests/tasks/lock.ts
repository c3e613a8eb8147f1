// `deno task lock`: completes deno.lock where JSR answers, for workflows and for who changes an
// import. The committed lock may lack the packages of JSR, because it is also written on machines
// that do not reach JSR. Here they are added; everything that the committed lock says must stay as it
// is, and nothing may change any more behind that (`--frozen`). Commit the result where you can.
import { printProgress, printResult } from "../harness/print.ts";
import { lockDrift } from "./lock_drift.ts";

const ROOT = new URL("../../", import.meta.url);

if (import.meta.main) Deno.exit(await main());

async function main(): Promise<number> {
  const committed = await readLock();
  if (!await install()) {
    printProgress("Cannot complete deno.lock: deno install failed, see above");
    return 1;
  }
  const drift = lockDrift(committed, await readLock());
  if (drift.length > 0) {
    printProgress(`deno.lock does not fit deno.json or its registries:\n${drift.join("\n")}`);
    return 1;
  }
  if (!await install("--frozen")) return 1;
  const { jsr } = await readLock();
  printResult(`deno.lock is complete: ${Object.keys(jsr ?? {}).length} packages of JSR`);
  return 0;
}

async function install(...flags: string[]): Promise<boolean> {
  const args = ["install", "--quiet", ...flags];
  return (await new Deno.Command(Deno.execPath(), { args, cwd: ROOT }).spawn().status).success;
}

async function readLock() {
  return JSON.parse(await Deno.readTextFile(new URL("deno.lock", ROOT)));
}
