// `deno task outdated`: says which imports of deno.json are older than the newest that their
// registries have. Ends with 1 when one is that is not held back, or when a registry cannot be
// asked. (`deno outdated` cannot ask JSR through the stand-ins, and knows no reasons.)
import { jsrUrl } from "../../mod/build/offline_flags.ts";
import { runCommand } from "../harness/commands.ts";
import { printProgress, printResult } from "../harness/print.ts";
import { judgeAge, packagesIn, type PinnedPackage } from "./package_age.ts";

if (import.meta.main) Deno.exit(await main());

async function main(): Promise<number> {
  const config = await Deno.readTextFile(new URL("../../deno.json", import.meta.url));
  const silent = new Set<string>();
  let outdated = 0;
  for (const pinned of packagesIn(JSON.parse(config).imports)) {
    const newest = await newestOf(pinned);
    if (newest === undefined) silent.add(pinned.registry);
    const { text, isOutdated } = judgeAge(pinned, newest);
    if (isOutdated) outdated++;
    printResult(text);
  }
  if (silent.has("jsr")) printProgress(`JSR does not answer at ${jsrUrl()}`);
  if (silent.has("npm")) printProgress("npm does not answer; see `npm config get registry`");
  return outdated > 0 || silent.size > 0 ? 1 : 0;
}

function newestOf({ registry, name }: PinnedPackage): Promise<string | undefined> {
  return registry === "npm" ? newestOfNpm(name) : newestOfJsr(name);
}

/** As npm is set up on this machine. */
async function newestOfNpm(name: string): Promise<string | undefined> {
  const { code, stdout } = await runCommand("npm", ["view", name, "dist-tags.latest"]);
  return code === 0 && stdout.trim() !== "" ? stdout.trim() : undefined;
}

async function newestOfJsr(name: string): Promise<string | undefined> {
  try {
    const signal = AbortSignal.timeout(10_000);
    const response = await fetch(`${jsrUrl()}${name}/meta.json`, { signal });
    const { latest } = await response.json();
    return typeof latest === "string" ? latest : undefined;
  } catch {
    return undefined;
  }
}
