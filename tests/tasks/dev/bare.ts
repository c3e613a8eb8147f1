import { thingsToTry, whatRuns } from "./bare_guide.ts";
import { type ReloadedProgram, startReloaded } from "./reloaded.ts";
import { sourceChanges } from "./source_changes.ts";
import { makeSamples, type Samples } from "./bare_samples.ts";
import { printResult } from "../../harness/print.ts";
import { listenForStop } from "../../harness/stop_signals.ts";
import { agentArgs, controllerArgs, type DevSite, startDevSite } from "./bare_site.ts";
import { whyNoBare } from "./choice.ts";
import { type WarmChange, warmChanges } from "./bare_warm.ts";
import { inheritedFlags } from "../../../mod/build/offline_flags.ts";
import { REPOSITORY } from "../../harness/programs.ts";
import { ToolUnavailableError } from "../../harness/tools/tools.ts";

const ROOT = REPOSITORY.replace(/\/$/, "");

/** What is against `devBare()` on this machine; undefined when it can run. */
export function whyNoBareHere(): string | undefined {
  return whyNoBare(Deno.build.os, Deno.uid());
}

/**
 * The whole path on this machine, without Kubernetes: a folder of manifests, the controller, NATS,
 * the agent, containerd and a registry. Runs until Ctrl-C, after which nothing stays; resolves to
 * the exit code.
 */
export async function devBare(): Promise<number> {
  const obstacle = whyNoBareHere();
  if (obstacle !== undefined) {
    printResult(`Cannot run dev here: ${obstacle}`);
    return 2;
  }
  using signals = listenForStop();
  try {
    await using site = await startDevSite();
    signals.force.addEventListener("abort", () => site.kill());
    if (!signals.stop.aborted) await run(site, signals.stop, signals.force);
    printResult("Stopping …");
  } catch (error) {
    if (signals.stop.aborted) return 0; // a part that was still being made ended with us
    if (!(error instanceof ToolUnavailableError)) throw error;
    printResult(error.message);
    return 1;
  }
  printResult("Nothing is left running, mounted or on disk but the tools in the cache.");
  return 0;
}

async function run(site: DevSite, stop: AbortSignal, force: AbortSignal): Promise<void> {
  const samples = await makeSamples(site.registry, site.manifests);
  printResult(whatRuns(site));
  const flags = inheritedFlags();
  await using controller = await startProgram("controller", controllerArgs(site, flags), stop);
  await using agent = await startProgram("agent", agentArgs(site, flags), stop);
  const programs = [controller, agent];
  force.addEventListener("abort", () => {
    for (const { process } of programs) process?.kill();
  });
  await Promise.all([reload(programs, stop), showWarm(site, samples, stop)]);
}

async function startProgram(
  name: string,
  args: string[],
  stop: AbortSignal,
): Promise<ReloadedProgram> {
  return await startReloaded({
    args,
    cwd: ROOT,
    onLine: (line) => {
      if (!stop.aborted) printResult(`${name.padEnd(10)} | ${line}`);
    },
    onEnd: ({ code }) => {
      if (!stop.aborted) {
        printResult(`The ${name} ended with code ${code}; it starts again when you change it`);
      }
    },
  });
}

async function reload(programs: readonly ReloadedProgram[], stop: AbortSignal): Promise<void> {
  for await (const file of sourceChanges(ROOT, stop)) {
    printResult(`${file} changed: starting controller and agent again`);
    await Promise.all(programs.map((program) => program.restart()));
  }
}

/** A line for each image that turns warm; once the samples are, what to try. */
async function showWarm(site: DevSite, samples: Samples, stop: AbortSignal): Promise<void> {
  const missing = new Set(samples.named);
  for await (const change of warmChanges(site.containerd, site.manifests, stop)) {
    printResult(described(change));
    if (missing.delete(change.reference) && missing.size === 0) {
      printResult(thingsToTry(site, samples));
    }
  }
}

function described({ type, reference, afterMs }: WarmChange): string {
  if (type === "gone") return `gone: ${reference}`;
  const after = afterMs === undefined ? "" : ` after ${(afterMs / 1000).toFixed(1)} s`;
  return `warm: ${reference}${after}`;
}
