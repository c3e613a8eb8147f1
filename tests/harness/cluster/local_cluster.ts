import { delay } from "@std/async/delay";
import type { CommandResult } from "../commands.ts";
import { buildImages, type BuiltImages } from "../images/image_builds.ts";
import { type PodImages, pushPodImages } from "../images/pod_images.ts";
import { waitUntil } from "../wait.ts";
import { readAccessLine, type RegistryRequest } from "../servers/registry.ts";
import { kubernetesVersion } from "../tools/kubernetes_version.ts";
import { obtainKubernetes, obtainTool } from "../tools/tools.ts";
import { type AuditedWrite, readAuditLog } from "./audit.ts";
import { removeCgroups } from "./cgroups.ts";
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
import { type ClusterRecord, hasRecord, readRecord, writeRecord } from "./cluster_record.ts";
import { ControlPlane } from "./control_plane.ts";
import { Daemons } from "./daemons.ts";
import { loadLocally } from "./local_load.ts";
import { daemonOf, killNode, nodeCommand, startNode } from "./local_node.ts";
import { cableOf, disconnectNode, makeNetwork, removeNetwork } from "./network.ts";
import type { NodeSpec } from "./node_spec.ts";

/**
 * A cluster on this machine without Docker: the control plane as processes, each node in namespaces
 * of its own. It outlives the command that started it.
 */
export class LocalCluster implements Cluster {
  readonly backend = "local";
  readonly name: string;
  readonly #folder: string;
  readonly #options: ClusterOptions;
  readonly daemons: Daemons;

  constructor(name: string, options: ClusterOptions = {}) {
    this.name = name;
    this.#folder = clusterFolder(name);
    this.#options = options;
    this.daemons = new Daemons(this.#folder, options.signal);
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
    return await hasRecord(this.#folder);
  }

  /** Whether the process of any node runs. */
  async lives(): Promise<boolean> {
    const nodes = (await this.daemons.names()).filter((name) => name.startsWith(daemonOf("")));
    const pids = await Promise.all(nodes.map((name) => this.daemons.pid(name)));
    return pids.some((pid) => pid !== undefined);
  }

  /** Starts the control plane and these nodes, and waits until all are ready. */
  async up(nodes: readonly NodeSpec[]): Promise<PodImages> {
    await Deno.mkdir(this.#folder, { recursive: true });
    if (this.#options.endsWithProcess) await writeOwner(this.#folder);
    const number = await makeNetwork();
    const kubernetes = this.#options.kubernetes ?? kubernetesVersion();
    const record = { number, kubernetes, pauseImage: "", nodes: [] };
    await writeRecord(this.#folder, record);
    const control = new ControlPlane(this.#folder, this.daemons, record);
    this.#printProgress(
      `starting etcd, Kubernetes ${kubernetes}, CoreDNS and a registry`,
    );
    await control.start();
    this.#printProgress("putting images for pods into the registry");
    const images = await pushPodImages(control.registry);
    await writeRecord(this.#folder, { ...record, pauseImage: images.pause });
    await must(this.kubectl(
      ...["create", "clusterrolebinding", "kube-proxy"],
      ...["--clusterrole=system:node-proxier", "--user=system:kube-proxy"],
    ));
    for (const node of nodes) await this.addNode(node);
    this.#printProgress("waiting until all nodes are ready");
    await this.untilReady();
    // Without it, a pod that somebody creates at once is refused.
    await must(this.kubectl("wait", "--for=create", "serviceaccount/default", "--timeout=60s"));
    return images;
  }

  /** Starts a node; `untilReady()` waits for it. Resolves to its name. */
  async addNode(spec: NodeSpec = {}): Promise<string> {
    const record = await readRecord(this.#folder);
    const name = spec.name ?? `node-${record.nodes.length}`;
    const nodes = [...record.nodes, name];
    await writeRecord(this.#folder, { ...record, nodes });
    await this.#startNode({ ...record, nodes }, name, spec);
    return name;
  }

  /**
   * Puts a new machine in the place of a node, as clouds do: of the old one nothing stays but its
   * name, neither its object nor its pods nor its disk.
   */
  async replaceNode(name: string, spec: Omit<NodeSpec, "name"> = {}): Promise<void> {
    const record = await readRecord(this.#folder);
    await this.powerOff(name);
    await must(this.kubectl("delete", "node", name, "--ignore-not-found"));
    // The next kubelet of this name would start them, whatever its node's taints say.
    await must(this.kubectl(
      ...["delete", "pods", "--all-namespaces", `--field-selector=spec.nodeName=${name}`],
      ...["--force", "--grace-period=0"],
    ));
    await removeCgroups(this.#cgroup(name));
    await disconnectNode(record.number, record.nodes.indexOf(name));
    await Deno.remove(this.#nodeFolder(name), { recursive: true });
    await this.#startNode(record, name, spec);
  }

  async #startNode(record: ClusterRecord, name: string, spec: NodeSpec): Promise<void> {
    const { containerd = "1.7", labels = {}, taints = [], kubelet = {} } = spec;
    const { plainRegistries = [], imageDisk, kubernetes = record.kubernetes } = spec;
    this.#printProgress(`starting ${name} with containerd ${containerd}`);
    const index = record.nodes.indexOf(name);
    const control = await this.#controlPlane();
    const { host, podCidr: clusterCidr, node } = control.network;
    const proxy = await control.kubeconfigText("proxy", "/CN=system:kube-proxy");
    const own = await control.kubeconfigText(
      `kubelet-${name}`,
      `/O=system:nodes/CN=system:node:${name}`,
    );
    await startNode({
      folder: this.#nodeFolder(name),
      daemons: this.daemons,
      containerd,
      kubernetes,
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
        kubelet,
        plainRegistries,
        imageDisk,
      },
      secrets: {
        "ca.crt": await control.authority(),
        "kubelet.kubeconfig": own,
        "proxy.kubeconfig": proxy,
      },
    });
  }

  /** Waits until every node says that it is ready, and takes pods. */
  async untilReady(): Promise<void> {
    const { nodes } = await readRecord(this.#folder);
    // The taint outlives the condition a little: somebody else removes it, seconds later under load.
    const taint = '{.spec.taints[?(@.key=="node.kubernetes.io/not-ready")].key}';
    const status = '{.status.conditions[?(@.type=="Ready")].status}';
    const path = `{range .items[*]}${status}${taint} {end}`;
    await waitUntil(`all nodes of "${this.name}" are ready`, async () => {
      this.#options.signal?.throwIfAborted();
      const { stdout } = await this.kubectl("get", "nodes", "-o", `jsonpath=${path}`);
      return stdout.trim() === nodes.map(() => "True").join(" ");
    }, { timeoutMs: 120_000, everyMs: 200 });
  }

  async nodes(): Promise<readonly string[]> {
    return (await readRecord(this.#folder)).nodes;
  }

  async command(program: "kubectl" | "helm", ...args: string[]): Promise<ClusterCommand> {
    const env = { KUBECONFIG: this.kubeconfig, HELM_CACHE_HOME: `${this.#folder}/helm` };
    const command = program === "helm"
      ? await obtainTool("helm")
      : await obtainKubernetes(program, (await readRecord(this.#folder)).kubernetes);
    return { command, args, env };
  }

  async ctrCommand(node: string, ...args: string[]): Promise<ClusterCommand> {
    return await this.nodeCommand(node, ["ctr", "-n", "k8s.io", ...args]);
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

  /** Runs a command in the namespaces of a node. */
  async onNode(node: string, ...args: string[]): Promise<CommandResult> {
    return await runFor(await this.nodeCommand(node, args));
  }

  /** A command that runs in the namespaces of a node. */
  async nodeCommand(node: string, args: readonly string[]): Promise<ClusterCommand> {
    const path = await Deno.readTextFile(`${this.#nodeFolder(node)}/path`);
    return await nodeCommand(this.daemons, node, ["env", `PATH=${path}`, ...args]);
  }

  async load(images?: BuiltImages): Promise<ImagePlaces> {
    return await loadLocally(this, images ?? await buildImages());
  }

  /** A new folder that nodes see under the same name; it goes with the cluster. */
  async visibleFolder(name: string): Promise<string> {
    const folder = `${this.#folder}/${name}`;
    await Deno.mkdir(folder);
    return folder;
  }

  /** A kubeconfig for whom a certificate's subject names, as openssl has it. */
  async kubeconfigFor(subject: string): Promise<string> {
    return await (await this.#controlPlane()).kubeconfigText("guest", subject);
  }

  /** Stops the API server for `downMs` and starts it again. */
  async restartApiServer(downMs = 0): Promise<void> {
    await this.daemons.stop("kube-apiserver");
    await delay(downMs);
    await (await this.#controlPlane()).startApiServer();
  }

  /** Kills a daemon of a node, and sees that it is gone; the node starts it again. */
  async killOnNode(node: string, program: "containerd" | "kubelet"): Promise<void> {
    const pids = (await must(this.onNode(node, "pgrep", "-x", program))).trim().split("\n");
    await must(this.onNode(node, "kill", "-KILL", ...pids));
    const gone = `! kill -0 "$@" 2>/dev/null`;
    await waitUntil(`"${program}" of ${node} is gone`, async () => {
      return (await this.onNode(node, "bash", "-c", gone, "bash", ...pids)).code === 0;
    });
  }

  /** Ends a node at once, with all that runs on it, as a loss of power does; its object stays. */
  async powerOff(node: string): Promise<void> {
    await killNode(this.daemons, node, this.#nodeFolder(node));
  }

  /** What the registry was asked so far. */
  async registryRequests(): Promise<RegistryRequest[]> {
    const lines = (await this.daemons.log("registry")).split("\n");
    return lines.map(readAccessLine).filter((request) => request !== undefined);
  }

  /** What accounts of pods wrote to the API server so far, in order. */
  async auditedWrites(): Promise<AuditedWrite[]> {
    return readAuditLog(await Deno.readTextFile((await this.#controlPlane()).auditLog));
  }

  /** Name of the network device by which this machine reaches a node. */
  async cable(node: string): Promise<string> {
    const { number, nodes } = await readRecord(this.#folder);
    return cableOf(number, nodes.indexOf(node));
  }

  /** Removes the cluster: processes, mounts, devices, cgroups, files. Never fails on what is gone. */
  async down(): Promise<void> {
    const record = await readRecord(this.#folder).catch(() => undefined);
    const names = await this.daemons.names();
    await Promise.all(
      (record?.nodes ?? []).map((node) => killNode(this.daemons, node, this.#nodeFolder(node))),
    );
    await Promise.all(names.map((name) => this.daemons.stop(name, "SIGKILL")));
    if (record !== undefined) {
      for (const node of record.nodes) await removeCgroups(this.#cgroup(node));
      await removeNetwork(record.number);
    }
    await Deno.remove(this.#folder, { recursive: true }).catch((error: unknown) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.down();
  }

  async #controlPlane(): Promise<ControlPlane> {
    return new ControlPlane(this.#folder, this.daemons, await readRecord(this.#folder));
  }

  #printProgress(line: string): void {
    this.#options.printProgress?.(line);
  }

  #nodeFolder(node: string): string {
    return `${this.#folder}/nodes/${node}`;
  }

  #cgroup(node: string): string {
    return `warm-images-${this.name}-${node}`;
  }
}
