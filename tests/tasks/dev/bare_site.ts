import { agentVariables } from "../../../mod/pure/settings/agent_settings.ts";
import { controllerVariables } from "../../../mod/pure/settings/controller_settings.ts";
import { startContainerd, type TestContainerd } from "../../harness/servers/containerd.ts";
import { startNatsServer, type TestNats } from "../../harness/servers/nats_server.ts";
import { freePort } from "../../harness/ports.ts";
import { type Registry, startRegistry } from "../../harness/servers/registry.ts";
import { obtainContainerd, ToolUnavailableError } from "../../harness/tools/tools.ts";

/** The real parts that `dev` runs on; disposing ends them and removes what they wrote. */
export interface DevSite extends AsyncDisposable {
  readonly nats: TestNats;
  readonly registry: Registry;
  readonly containerd: TestContainerd;
  /** The folder the controller reads; not there yet. */
  readonly manifests: string;
  /** Addresses of the programs' health servers. */
  readonly health: { readonly controller: string; readonly agent: string };
  /** SIGKILL to all parts, so that disposing has nothing to wait for. */
  kill(): Promise<unknown>;
}

/** Starts NATS, a registry and a containerd on free ports of the loopback address. */
export async function startDevSite(): Promise<DevSite> {
  await using stack = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "warm-images-dev-" });
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const detached = true; // Ctrl-C reaches `dev` alone, which ends them in order
  const tools = await obtainContainerd();
  const nats = stack.use(await startNatsServer({ detached }));
  const registry = stack.use(await startRegistry({ detached }));
  // Its version does not matter here: it is that of `tools`.
  const containerd = stack.use(await startContainerd({ version: "1.7", tools, detached }));
  await refuseWithoutOverlay(containerd);
  const everything = stack.move();
  return {
    nats,
    registry,
    containerd,
    manifests: `${folder}/manifests`,
    health: { controller: `127.0.0.1:${freePort()}`, agent: `127.0.0.1:${freePort()}` },
    kill: () => Promise.all([nats, registry, containerd].map((part) => part.process.kill())),
    [Symbol.asyncDispose]: () => everything.disposeAsync(),
  };
}

/** In a container, the folder for temporary files is often an overlay itself: no second one goes on top. */
async function refuseWithoutOverlay(containerd: TestContainerd): Promise<void> {
  const { stdout } = await containerd.ctr("plugins", "ls");
  if (/\soverlayfs\s+\S+\s+ok\s/.test(stdout)) return;
  throw new ToolUnavailableError(
    `containerd cannot unpack images below "${containerd.root}": set TMPDIR to a folder on a file system such as ext4 or tmpfs`,
  );
}

/** How Deno, with some `flags`, runs the controller from source with the rights it has when installed. */
export function controllerArgs(site: DevSite, flags: readonly string[]): string[] {
  return [
    ...denoRun(controllerVariables()),
    ...flags,
    `--allow-read=${site.manifests}`,
    "--allow-sys=hostname",
    "controller.ts",
    ...["--manifests", site.manifests],
    ...["--forget-after", "1m"],
    ...["--health-address", site.health.controller, "--log-format", "text"],
    ...site.nats.flags,
  ];
}

/** As `controllerArgs()`, for the agent. */
export function agentArgs(
  { containerd, nats, health }: DevSite,
  flags: readonly string[],
): string[] {
  return [
    ...denoRun(agentVariables()),
    ...flags,
    `--allow-run=${containerd.ctrPath}`,
    `--allow-read=${containerd.root}`,
    "--allow-sys=hostname,statfs",
    "agent.ts",
    ...["--node-name", "dev-node"],
    ...["--containerd-address", containerd.address, "--containerd-root", containerd.root],
    ...["--ctr", containerd.ctrPath, "--hosts-dir", containerd.hostsDir],
    ...["--health-address", health.agent, "--log-format", "text"],
    ...nats.flags,
  ];
}

/** Any other variable is absent to them, as libraries probe for many. */
function denoRun(variables: readonly string[]): string[] {
  return [
    ...["run", "--no-prompt", "--no-check", "--allow-net"],
    ...["--ignore-env", `--allow-env=${variables.join(",")}`],
  ];
}
