import { openAgentLogins } from "./mod/agent_logins.ts";
import { ctrEnvironment } from "./mod/adapters/containerd/ctr_environment.ts";
import { openCtrPins } from "./mod/adapters/containerd/ctr_pins.ts";
import { openCtrRuntime } from "./mod/adapters/containerd/ctr_runtime.ts";
import { openDiskUsage } from "./mod/adapters/disk_usage.ts";
import { yieldProcessor } from "./mod/adapters/priority.ts";
import { openRegistries } from "./mod/adapters/relay/registries/registries.ts";
import { openRelay } from "./mod/adapters/relay/relay.ts";
import { openNatsStore } from "./mod/adapters/nats/store.ts";
import { runAgent } from "./mod/flow/agent_loop.ts";
import { type ProgramContext, resolveSettings, runUntilStopped } from "./mod/program.ts";
import {
  type AgentSettings,
  agentVariables,
  readAgentSettings,
} from "./mod/pure/settings/agent_settings.ts";
import { selfNode } from "./mod/pure/placement/self_node.ts";

if (import.meta.main) Deno.exit(await main(Deno.args));

/** Runs the agent until it is told to stop; resolves to the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const settings = await resolveSettings({
    program: "agent",
    variables: agentVariables(),
    read: readAgentSettings,
  }, args);
  if (typeof settings === "number") return settings;
  return await runUntilStopped("agent", settings, (context) => run(settings, context));
}

async function run(settings: AgentSettings, context: ProgramContext): Promise<void> {
  yieldProcessor(context);
  const { containerd, extraCaFile } = settings;
  const nats = { ...settings.nats, extraCaFile };
  const self = selfNode(settings.nodeName ?? Deno.hostname(), Deno.build);
  await using store = openNatsStore(nats, { ...context, role: "agent", name: self.name });
  await using registries = openRegistries({
    ...context,
    ...settings.relay,
    hostsDir: containerd.hostsDir,
    extraCaFile,
  });
  await using relay = settings.relay.on
    ? openRelay({ ...context, ...settings.relay, platform: self, registries })
    : undefined;
  const env = ctrEnvironment(extraCaFile);
  using runtime = openCtrRuntime({
    ...containerd,
    ...context,
    relay,
    env,
    leaseFolder: settings.relay.on ? settings.relay.folder : undefined,
    pullIdleTimeoutMs: settings.pullIdleTimeoutMs,
  });
  const pins = openCtrPins({ ...containerd, env });
  const disk = openDiskUsage({ root: containerd.root, snapshotter: () => runtime.snapshotter });
  await using logins = await openAgentLogins(settings.logins, {
    ...context,
    node: self.name,
    store,
  });
  context.logger.info("Started keeping images warm", {
    node: self.name,
    containerd: containerd.address,
    nats: nats.bucket,
  });
  await runAgent({ ...context, store, runtime, disk, pins, logins }, {
    ...settings,
    ...context,
    self,
  });
}
