import { availableContainerds, startContainerd, type TestContainerd } from "./containerd.ts";
import type { ContainerdVersion } from "../tools/containerd_lines.ts";
import { type StartNatsOptions, startNatsServer, type TestNats } from "./nats_server.ts";
import { startProgram, type StartProgramOptions, type TestProgram } from "../programs.ts";
import { type Registry, startRegistry } from "./registry.ts";

/** A whole site on loopback: NATS, a registry, a containerd, and a folder of manifests. */
export interface Site extends AsyncDisposable {
  readonly nats: TestNats;
  readonly registry: Registry;
  readonly containerd: TestContainerd;
  /** The folder the controller reads. */
  readonly manifests: string;
  /** What the agent has below /run on a node. */
  readonly relayFolder: string;
  /** Starts a controller on the folder, or an API server; the site stops it in the end. */
  controller(options?: StartProgramOptions & { kubeconfig?: string }): Promise<TestProgram>;
  /** Starts an agent for node `node-a`; the site stops it in the end. */
  agent(options?: StartProgramOptions): Promise<TestProgram>;
  /** Writes a Deployment of these images into the folder. */
  deploy(name: string, ...images: string[]): Promise<void>;
  /** Whether containerd has the image, unpacked. */
  isWarm(reference: string): Promise<boolean>;
}

/** Starts the real parts of a site. */
export async function startSite(
  options: { readonly version?: ContainerdVersion; readonly nats?: StartNatsOptions } = {},
): Promise<Site> {
  await using stack = new AsyncDisposableStack();
  const version = options.version ?? availableContainerds().find((each) => each === "1.7") ?? "1.7";
  const manifests = await Deno.makeTempDir({ prefix: "warm-images-manifests-" });
  stack.defer(() => Deno.remove(manifests, { recursive: true }));
  const nats = stack.use(await startNatsServer(options.nats));
  const registry = stack.use(await startRegistry());
  const containerd = stack.use(await startContainerd({ version }));
  const relayFolder = await Deno.makeTempDir({ prefix: "warm-images-relay-" });
  stack.defer(() => Deno.remove(relayFolder, { recursive: true }));
  const everything = stack.move();
  const start = async (
    program: "controller" | "agent",
    flags: readonly string[],
    options: StartProgramOptions,
  ) => {
    const all = [...flags, ...nats.flags, ...(options.flags ?? [])];
    const env = { ...nats.env, ...options.env };
    return everything.use(await startProgram(program, { ...options, flags: all, env }));
  };
  return {
    nats,
    registry,
    containerd,
    manifests,
    relayFolder,
    controller: ({ kubeconfig, ...options } = {}) =>
      start(
        "controller",
        kubeconfig ? ["--kubeconfig", kubeconfig] : ["--manifests", manifests],
        options,
      ),
    agent: (options = {}) =>
      start("agent", agentFlags(containerd), {
        ...options,
        // By its variable, which an earlier version does not mind.
        env: { RELAY_DIR: relayFolder, ...options.env },
      }),
    deploy: (name, ...images) =>
      Deno.writeTextFile(`${manifests}/${name}.json`, JSON.stringify(deployment(name, images))),
    isWarm: async (reference) => {
      const { stdout } = await containerd.ctr("images", "check", `name==${reference}`);
      return stdout.split("\n").some((line) => line.trimEnd().endsWith("true"));
    },
    [Symbol.asyncDispose]: () => everything.disposeAsync(),
  };
}

function agentFlags(containerd: TestContainerd): string[] {
  return [
    ...["--node-name", "node-a"],
    ...["--containerd-address", containerd.address],
    ...["--containerd-root", containerd.root],
    ...["--hosts-dir", containerd.hostsDir],
    ...["--ctr", containerd.ctrPath],
    // It lies on the disk of this machine, which may be fuller than a node's may be.
    ...["--disk-high", "99"],
  ];
}

/** A Deployment, scaled to zero, with one container per image. */
export function deployment(name: string, images: readonly string[]) {
  const containers = images.map((image, index) => ({ name: `c${index}`, image }));
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace: "default" },
    spec: {
      replicas: 0,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers } },
    },
  };
}
