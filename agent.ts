import { ctrEnvironment } from "./mod/adapters/containerd/ctr_environment.ts";
import { openCtrRuntime } from "./mod/adapters/containerd/ctr_runtime.ts";
import { openDiskUsage } from "./mod/adapters/disk_usage.ts";
import { openNatsStore } from "./mod/adapters/nats/store.ts";
import { runAgent } from "./mod/flow/agent_loop.ts";
import { runUntilStopped, settle, type Surroundings } from "./mod/program.ts";
import {
  type AgentSettings,
  agentVariables,
  readAgentSettings,
} from "./mod/pure/settings/agent_settings.ts";
import { selfNode } from "./mod/pure/wants/self_node.ts";

if (import.meta.main) Deno.exit(await main(Deno.args));

/** Runs the agent until it is told to stop; resolves to the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const settings = await settle({
    program: "agent",
    variables: agentVariables(),
    read: readAgentSettings,
  }, args);
  if (typeof settings === "number") return settings;
  return await runUntilStopped("agent", settings, (surroundings) => run(settings, surroundings));
}

async function run(settings: AgentSettings, surroundings: Surroundings): Promise<void> {
  const { nats, containerd } = settings;
  const self = selfNode(settings.nodeName ?? Deno.hostname(), Deno.build);
  await using store = openNatsStore(nats, { ...surroundings, role: "agent", name: self.name });
  const runtime = openCtrRuntime({
    ...containerd,
    ...surroundings,
    env: ctrEnvironment(),
    pullIdleTimeoutMs: settings.pullIdleTimeoutMs,
  });
  const disk = openDiskUsage(containerd.root);
  surroundings.logger.info("Keeps images warm", {
    node: self.name,
    containerd: containerd.address,
    nats: nats.bucket,
  });
  await runAgent({ ...surroundings, store, runtime, disk }, { ...settings, ...surroundings, self });
}
