import { type CommandResult, runCommand } from "../lab/commands.ts";
import type { ContainerdVersion } from "../lab/containerd_config.ts";
import { type BuiltImages, pushBuiltImage } from "../lab/image_builds.ts";
import { type PodImages, pushPodImages } from "../lab/pod_images.ts";
import { waitUntil } from "../lab/process.ts";
import { readAccessLine, type RegistryRequest } from "../lab/registry.ts";
import { cacheFolder } from "../lab/tool_cache.ts";
import { obtainTool } from "../lab/tools.ts";
import { removeCgroups } from "./cgroups.ts";
import { type Cluster, must } from "./cluster.ts";
import { ControlPlane } from "./control_plane.ts";
import { Daemons } from "./daemons.ts";
import { daemonOf, onNode, startNode } from "./local_node.ts";
import { cableOf, makeNetwork, removeNetwork } from "./network.ts";

/** A node to be started. */
export interface NodeSpec {
  /** Default: "node-0", "node-1" and so on. */
  readonly name?: string;
  /** Default: 1.7. */
  readonly containerd?: ContainerdVersion;
  readonly labels?: Readonly<Record<string, string>>;
  /** "key=value:NoSchedule". */
  readonly taints?: readonly string[];
}

/** What lies on disk of a running cluster, for other commands. */
interface ClusterRecord {
  readonly number: number;
  readonly pauseImage: string;
  readonly nodes: readonly string[];
}

/**
 * A cluster on this machine without Docker: the control plane as processes, each node in namespaces
 * of its own. It outlives the command that started it.
 */
export class LocalCluster implements Cluster {
  readonly back = "local";
  readonly name: string;
  readonly #folder: string;
  readonly daemons: Daemons;

  constructor(name: string) {
    this.name = name;
    this.#folder = `${clustersFolder()}/${name}`;
    this.daemons = new Daemons(this.#folder);
  }

  get kubeconfig(): string {
    return `${this.#folder}/admin.kubeconfig`;
  }

  /** "10.100.0.1:5001": stands in for all registries, and can be pushed to. */
  async registry(): Promise<string> {
    return (await this.#controlPlane()).registry;
  }

  /** Whether it was started and not removed since. */
  async exists(): Promise<boolean> {
    return await Deno.stat(this.#recordFile).then(() => true, () => false);
  }

  /** Starts the control plane and these nodes, and waits until all are ready. */
  async up(nodes: readonly NodeSpec[]): Promise<PodImages> {
    await Deno.mkdir(this.#folder, { recursive: true });
    const number = await makeNetwork();
    await this.#write({ number, pauseImage: "", nodes: [] });
    const control = new ControlPlane(this.#folder, this.daemons, number);
    await control.start();
    const images = await pushPodImages(control.registry);
    await this.#write({ number, pauseImage: images.pause, nodes: [] });
    await must(this.kubectl(
      ...["create", "clusterrolebinding", "lab-proxy"],
      ...["--clusterrole=system:node-proxier", "--user=system:kube-proxy"],
    ));
    for (const node of nodes) await this.addNode(node);
    await this.untilReady();
    return images;
  }

  /** Starts a node; `untilReady()` waits for it. Resolves to its name. */
  async addNode(spec: NodeSpec = {}): Promise<string> {
    const record = await this.#record();
    const control = await this.#controlPlane();
    const index = record.nodes.length;
    const { name = `node-${index}`, containerd = "1.7", labels = {}, taints = [] } = spec;
    await this.#write({ ...record, nodes: [...record.nodes, name] });
    const { host, podCidr: clusterCidr, node } = control.network;
    const proxy = await control.kubeconfigText("proxy", "/CN=system:kube-proxy");
    const own = await control.kubeconfigText(
      `kubelet-${name}`,
      `/O=system:nodes/CN=system:node:${name}`,
    );
    await startNode({
      folder: `${this.#folder}/nodes/${name}`,
      daemons: this.daemons,
      containerd,
      network: record.number,
      index,
      plan: {
        name,
        ...node(index),
        clusterCidr,
        nameServer: host,
        registry: control.registry,
        pauseImage: record.pauseImage,
        cgroup: this.#cgroup(name),
        labels,
        taints,
      },
      secrets: {
        "ca.crt": await control.authority(),
        "kubelet.kubeconfig": own,
        "proxy.kubeconfig": proxy,
      },
    });
    return name;
  }

  /** Waits until every node says that it is ready. */
  async untilReady(): Promise<void> {
    const { nodes } = await this.#record();
    const path = '{range .items[*]}{.status.conditions[?(@.type=="Ready")].status} {end}';
    await waitUntil(`all nodes of "${this.name}" are ready`, async () => {
      const { stdout } = await this.kubectl("get", "nodes", "-o", `jsonpath=${path}`);
      return stdout.trim() === nodes.map(() => "True").join(" ");
    }, { timeoutMs: 120_000, everyMs: 200 });
  }

  async nodes(): Promise<readonly string[]> {
    return (await this.#record()).nodes;
  }

  async kubectl(...args: string[]): Promise<CommandResult> {
    const kubectl = await obtainTool("kubectl");
    return await runCommand(kubectl, [`--kubeconfig=${this.kubeconfig}`, ...args]);
  }

  async helm(...args: string[]): Promise<CommandResult> {
    return await runCommand(await obtainTool("helm"), args, {
      env: { KUBECONFIG: this.kubeconfig, HELM_CACHE_HOME: `${this.#folder}/helm` },
    });
  }

  async ctr(node: string, ...args: string[]): Promise<CommandResult> {
    return await this.onNode(node, "ctr", "-n", "k8s.io", ...args);
  }

  /** Runs a command in the namespaces of a node. */
  async onNode(node: string, ...args: string[]): Promise<CommandResult> {
    const path = await Deno.readTextFile(`${this.#folder}/nodes/${node}/path`);
    return await onNode(this.daemons, node, ["env", `PATH=${path}`, ...args]);
  }

  async load(images: BuiltImages) {
    const registry = await this.registry();
    const push = async (name: keyof BuiltImages) => {
      const image = images[name];
      const repository = `kubernetes-warm-images/${name}`;
      const tag = image.digest.slice("sha256:".length, "sha256:".length + 12);
      await pushBuiltImage(image, registry, repository, tag);
      return { repository: `${registry}/${repository}`, tag };
    };
    return { controller: await push("controller"), agent: await push("agent") };
  }

  /** Stops the API server for `downMs` and starts it again. */
  async restartApiServer(downMs = 0): Promise<void> {
    await this.daemons.stop("kube-apiserver");
    await new Promise((resolve) => setTimeout(resolve, downMs));
    await (await this.#controlPlane()).startApiServer();
  }

  /** Kills a daemon of a node; the node starts it again. */
  async killOnNode(node: string, program: "containerd" | "kubelet"): Promise<void> {
    await this.onNode(node, "pkill", "-KILL", "-x", program);
  }

  /** What the registry was asked so far. */
  async registryRequests(): Promise<RegistryRequest[]> {
    const lines = (await this.daemons.log("registry")).split("\n");
    return lines.map(readAccessLine).filter((request) => request !== undefined);
  }

  /** Name of the network device by which this machine reaches a node. */
  async cable(node: string): Promise<string> {
    const { number, nodes } = await this.#record();
    return cableOf(number, nodes.indexOf(node));
  }

  /** Removes the cluster: processes, mounts, devices, cgroups, files. Never fails on what is gone. */
  async down(): Promise<void> {
    const record = await this.#record().catch(() => undefined);
    const names = await this.daemons.names();
    const nodes = names.filter((name) => name.startsWith(daemonOf("")));
    for (const name of nodes) await this.daemons.stop(name, "SIGKILL");
    const others = names.filter((name) => !nodes.includes(name));
    await Promise.all(others.map((name) => this.daemons.stop(name, "SIGKILL")));
    if (record !== undefined) {
      for (const node of record.nodes) await removeCgroups(this.#cgroup(node));
      await removeNetwork(record.number);
    }
    await Deno.remove(this.#folder, { recursive: true });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.down();
  }

  get #recordFile(): string {
    return `${this.#folder}/cluster.json`;
  }

  async #record(): Promise<ClusterRecord> {
    return JSON.parse(await Deno.readTextFile(this.#recordFile));
  }

  async #write(record: ClusterRecord): Promise<void> {
    await Deno.writeTextFile(this.#recordFile, JSON.stringify(record));
  }

  async #controlPlane(): Promise<ControlPlane> {
    return new ControlPlane(this.#folder, this.daemons, (await this.#record()).number);
  }

  #cgroup(node: string): string {
    return `warm-images-${this.name}-${node}`;
  }
}

/** Where the records of clusters are. */
export function clustersFolder(): string {
  return `${cacheFolder()}/clusters`;
}
