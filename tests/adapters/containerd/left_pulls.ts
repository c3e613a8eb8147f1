import { systemClock } from "../../../mod/adapters/clock.ts";
import { openContentStore } from "../../../mod/adapters/containerd/content_store.ts";
import { type CtrRuntime, openCtrRuntime } from "../../../mod/adapters/containerd/ctr_runtime.ts";
import type { Clock } from "../../../mod/ports/clock.ts";
import type { PullRelay } from "../../../mod/ports/pull_relay.ts";
import { recordingLogger, recordingMetrics } from "../../harness/fakes/quiet.ts";
import type { TestContainerd } from "../../harness/servers/containerd.ts";
import type { ScriptedRegistry } from "../../harness/servers/scripted_registry.ts";
import { obtainTool } from "../../harness/tools/tools.ts";
import type { ContainerdPair } from "./harness.ts";

/** What tests of ended pulls bring by far: over one connection, and not out of the relay's memory. */
export const BRAKED_BYTES = 24_000_000;
/** A brake that tests let go: longer than a run must last for its lease to be looked for before. */
export const BRAKED_SPEED = 2_000_000;

/** A runtime as the next agent on this node has it. */
export async function openNextAgent(
  pair: ContainerdPair,
  { containerd, folder, relay, clock = systemClock }: {
    readonly containerd: TestContainerd;
    /** Where leases are written down. */
    readonly folder: string;
    readonly relay?: PullRelay | undefined;
    readonly clock?: Clock | undefined;
  },
): Promise<CtrRuntime> {
  return openCtrRuntime({
    clock,
    address: containerd.address,
    root: containerd.root,
    namespace: "k8s.io",
    ctr: await obtainTool(pair.ctr),
    hostsDir: containerd.hostsDir,
    relay,
    pullIdleTimeoutMs: 60_000,
    leaseFolder: folder,
    logger: recordingLogger(),
    metrics: recordingMetrics(),
  });
}

/** Of all blobs that are there in part, of whatever namespace. */
export async function arrivedBytes({ root }: TestContainerd): Promise<number> {
  const downloads = await openContentStore(root).downloads() ?? [];
  return downloads.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** What a registry has sent since its requests were forgotten. */
export function sentBytes(registry: ScriptedRegistry): number {
  return registry.requests().reduce((sum, { sentBytes }) => sum + sentBytes, 0);
}

/** Names of the leases that are written down in a folder. */
export async function leaseFilesIn(folder: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(`${folder}/leases`)).catch(() => []);
  return entries.map(({ name }) => name);
}
