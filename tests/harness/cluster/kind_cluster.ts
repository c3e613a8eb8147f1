import { type CommandResult, onPath } from "../commands.ts";
import { hasDocker } from "../images/image_docker.ts";
import { startProcess } from "../process.ts";
import { kubernetesVersion } from "../tools/kubernetes_version.ts";
import { obtainTool } from "../tools/tools.ts";
import {
  type Cluster,
  type ClusterCommand,
  type ClusterOptions,
  type ImagePlaces,
  must,
  runFor,
} from "./cluster.ts";
import { clusterFolder } from "./cluster_folders.ts";
import { writeOwner } from "./cluster_owner.ts";
import { KIND_NODE_IMAGES, kindConfig } from "./kind_config.ts";
import { loadIntoKind } from "./kind_load.ts";
import type { NodeSpec } from "./node_spec.ts";

/** Why kind cannot start a cluster here, and what to do about it; undefined when it can. */
export async function whyNoKind(): Promise<string | undefined> {
  if (onPath("docker") === undefined) return "kind needs Docker, which is not on PATH: install it";
  if (await hasDocker()) return undefined;
  return "kind needs Docker, which does not answer: start it, or join the group that may use it";
}

/** A cluster of Docker containers. */
export class KindCluster implements Cluster {
  readonly backend = "kind";
  readonly name: string;
  /** What kind calls it: not to be mistaken for a cluster of somebody else. */
  readonly kindName: string;
  readonly #folder: string;
  readonly #options: ClusterOptions;

  constructor(name: string, options: ClusterOptions = {}) {
    this.name = name;
    this.kindName = `warm-images-${name}`;
    this.#folder = clusterFolder(name);
    this.#options = options;
  }

  get kubeconfig(): string {
    return `${this.#folder}/kind.kubeconfig`;
  }

  async exists(): Promise<boolean> {
    return await Deno.stat(this.#configFile).then(() => true, () => false);
  }

  async lives(): Promise<boolean> {
    const label = `label=io.x-k8s.kind.cluster=${this.kindName}`;
    const { stdout } = await this.docker("ps", "--quiet", "--filter", label);
    return stdout.trim() !== "";
  }

  async up(nodes: readonly NodeSpec[]): Promise<void> {
    const obstacle = await whyNoKind();
    if (obstacle !== undefined) throw new Error(`Cannot start "${this.name}": ${obstacle}`);
    const config = kindConfig(nodes);
    await Deno.mkdir(this.#folder, { recursive: true });
    if (this.#options.endsWithProcess) await writeOwner(this.#folder);
    await Deno.writeTextFile(this.#configFile, config);
    await this.#create();
    await must(this.kubectl(
      ...["wait", "--for=condition=Ready", "node", "--all", "--timeout=180s"],
    ));
  }

  async down(): Promise<void> {
    const { kindName, kubeconfig } = this;
    if (await this.exists()) {
      await must(this.kind("delete", "cluster", "--name", kindName, "--kubeconfig", kubeconfig));
    }
    await Deno.remove(this.#folder, { recursive: true }).catch((error: unknown) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }

  async nodes(): Promise<readonly string[]> {
    const names = await must(this.kind("get", "nodes", "--name", this.kindName));
    return names.split("\n").filter((name) => name !== "").sort();
  }

  async command(program: "kubectl" | "helm", ...args: string[]): Promise<ClusterCommand> {
    const env = { KUBECONFIG: this.kubeconfig, HELM_CACHE_HOME: `${this.#folder}/helm` };
    return { command: await ownTool(program), args, env };
  }

  ctrCommand(node: string, ...args: string[]): Promise<ClusterCommand> {
    const all = ["exec", node, "ctr", "-n", "k8s.io", ...args];
    return Promise.resolve({ command: "docker", args: all, env: {} });
  }

  async kubectl(...args: string[]): Promise<CommandResult> {
    return await runFor(await this.command("kubectl", ...args));
  }

  async helm(...args: string[]): Promise<CommandResult> {
    return await runFor(await this.command("helm", ...args));
  }

  async ctr(node: string, ...args: string[]): Promise<CommandResult> {
    return await runFor(await this.ctrCommand(node, ...args));
  }

  async load(): Promise<ImagePlaces> {
    return await loadIntoKind(this, this.#options.printProgress);
  }

  /** Runs kind itself to its end. */
  async kind(...args: string[]): Promise<CommandResult> {
    return await runFor({ command: await ownTool("kind"), args, env: {} });
  }

  /** Runs Docker to its end. */
  async docker(...args: string[]): Promise<CommandResult> {
    return await runFor({ command: "docker", args, env: {} });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.down();
  }

  /** It takes a minute or more, so that its own lines are passed on. */
  async #create(): Promise<void> {
    const { signal, printProgress, kubernetes = kubernetesVersion() } = this.#options;
    signal?.throwIfAborted();
    await using kind = await startProcess(await ownTool("kind"), {
      args: [
        ...["create", "cluster", "--name", this.kindName, "--image", KIND_NODE_IMAGES[kubernetes]],
        ...["--config", this.#configFile, "--kubeconfig", this.kubeconfig, "--wait", "3m"],
      ],
      detached: true,
      ...(printProgress && { onLine: printProgress }),
    });
    const stop = () => void kind.stop();
    signal?.addEventListener("abort", stop);
    const { success, code } = await kind.exited;
    signal?.removeEventListener("abort", stop);
    signal?.throwIfAborted();
    if (success) return;
    await kind.stop(); // reads the rest of its output
    throw new Error(
      `Cannot start "${this.name}": kind ended with code ${code}: ${
        kind.log().trim().slice(-2000)
      }`,
    );
  }

  get #configFile(): string {
    return `${this.#folder}/kind.json`;
  }
}

/** What the user has installed, else one that is built. */
async function ownTool(name: "kind" | "kubectl" | "helm"): Promise<string> {
  return onPath(name) ?? await obtainTool(name);
}
