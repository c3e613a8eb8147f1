import { type CompiledPair, compilePair } from "../tools/compiled_pair.ts";
import { NATS_USERS, sharedNatsConfig } from "./nats_permissions.ts";
import { GUIDE } from "../documents/guide_sections.ts";
import { sectionFile, sectionFiles } from "../documents/sections.ts";
import { type Site, startSite } from "./site.ts";
import { type RunningUnit, runUnit, type RunUnitOptions } from "../unit_run.ts";

/** A plugin of a kubeconfig that the compiled controller may run. */
export const PLUGIN = "aws";

/** A site whose NATS has TLS and mod/README.md's users, and its units on it. */
export interface StandaloneSite extends AsyncDisposable {
  readonly site: Site;
  agent(): Promise<RunningUnit>;
  /** `plugin`: a script, as the plugin that the kubeconfig names. */
  controller(kubeconfig: string, plugin?: string): Promise<RunningUnit>;
}

/** Starts the site and compiles the programs; the units come later. */
export async function startStandaloneSite(): Promise<StandaloneSite> {
  await using stack = new AsyncDisposableStack();
  const config = await sharedNatsConfig();
  const site = stack.use(await startSite({ version: "1.7", nats: { tls: true, config } }));
  const agentRoot = await Deno.makeTempDir({ prefix: "warm-images-agent-" });
  stack.defer(() => Deno.remove(agentRoot, { recursive: true }));
  const pair = stack.use(
    await compilePair({
      read: [site.containerd.root, site.containerd.hostsDir, agentRoot],
      write: [`${agentRoot}/run/warm-images`],
      run: [site.containerd.ctrPath],
    }),
  );
  const everything = stack.move();
  const parts = { site, pair, ca: await Deno.readTextFile(site.nats.settings.caFile ?? "") };
  return {
    site,
    agent: async () =>
      everything.use(await startUnit("agent", await agentMachine(parts, agentRoot))),
    controller: async (kubeconfig, plugin) =>
      everything.use(
        await startUnit("controller", await controllerMachine(parts, { kubeconfig, plugin })),
      ),
    [Symbol.asyncDispose]: () => everything.disposeAsync(),
  };
}

/** The text on mod/README.md of a program's unit. */
export function unitOf(program: "controller" | "agent"): Promise<string> {
  return sectionFile(GUIDE.standalone, `/etc/systemd/system/warm-images-${program}.service`);
}

async function startUnit(
  program: "controller" | "agent",
  machine: RunUnitOptions,
): Promise<RunningUnit> {
  return await runUnit(await unitOf(program), machine);
}

interface Parts {
  readonly site: Site;
  readonly pair: CompiledPair;
  /** The authority of the NATS server. */
  readonly ca: string;
}

/** A node as the page's commands leave it; what is elsewhere in the harness is said as in a drop-in. */
async function agentMachine({ site, pair, ca }: Parts, root: string): Promise<RunUnitOptions> {
  const { address, root: containerdRoot, hostsDir, ctrPath } = site.containerd;
  return {
    root,
    files: {
      ...await sectionFiles(GUIDE.standalone),
      "/etc/warm-images/nats-ca.crt": { text: ca, mode: 0o644 },
      "/etc/warm-images/nats-password": `${NATS_USERS["worker-1"]}\n`,
    },
    binaries: { "/usr/local/bin/warm-images-agent": pair.agent },
    env: {
      NATS_URL: natsUrl(site),
      CONTAINERD_ADDRESS: address,
      CONTAINERD_ROOT: containerdRoot,
      HOSTS_DIR: hostsDir,
      CTR: ctrPath,
      RELAY_DIR: `${root}/run/warm-images`,
    },
  };
}

async function controllerMachine(
  { site, pair, ca }: Parts,
  { kubeconfig, plugin }: { readonly kubeconfig: string; readonly plugin: string | undefined },
): Promise<RunUnitOptions> {
  const script = plugin !== undefined && { text: plugin, mode: 0o755 };
  return {
    files: {
      ...await sectionFiles(GUIDE.standalone),
      "/etc/warm-images/nats-ca.crt": { text: ca, mode: 0o644 },
      "/etc/warm-images/nats-password-controller": `${NATS_USERS.controller}\n`,
      "/etc/warm-images/kubeconfig": kubeconfig,
      ...(script && { [`/usr/local/bin/${PLUGIN}`]: script }),
    },
    binaries: { "/usr/local/bin/warm-images-controller": pair.controller },
    env: { NATS_URL: natsUrl(site), AWS_PROFILE: "test" },
  };
}

function natsUrl({ nats }: Site): string {
  return nats.url.replace("nats://", "tls://");
}
