import { LocalCluster } from "./local_cluster.ts";
import type { NodeSpec } from "./node_spec.ts";
import { must } from "./cluster.ts";
import { newClusterName } from "./cluster_folders.ts";
import { sweepClusters } from "./sweep.ts";
import { buildImages } from "../images/image_builds.ts";
import { type ImageSpec, pushImage } from "../images/images.ts";
import type { PodImages } from "../images/pod_images.ts";
import { waitUntil } from "../wait.ts";
import { REPOSITORY } from "../programs.ts";
import { obtainTool } from "../tools/tools.ts";

/** Name of the release, as in the guide. */
export const RELEASE = "wi";
/** Namespace of the release, as in the guide. */
export const NAMESPACE = "warm-images";

/** All nodes lie on the disk of this machine, which may be fuller than a node's may be. */
const DISK = "agent.diskHigh=99";

/** A cluster with our images in its registry, and what tests do with it; disposing removes it. */
export class TestCluster implements AsyncDisposable {
  readonly cluster: LocalCluster;
  /** Images with programs in them, for pods. */
  readonly images: PodImages;
  readonly #folder: string;

  constructor(cluster: LocalCluster, images: PodImages, folder: string) {
    this.cluster = cluster;
    this.images = images;
    this.#folder = folder;
  }

  /** Runs a script of bash, in a folder with `chart` and `stand-ins`; resolves to what it prints. */
  async sh(script: string): Promise<string> {
    const tools = [await obtainTool("kubectl"), await obtainTool("helm")];
    const path = tools.map((tool) => tool.slice(0, tool.lastIndexOf("/"))).join(":");
    const { code, stdout, stderr } = await new Deno.Command("bash", {
      args: ["-euo", "pipefail", "-c", script],
      cwd: this.#folder,
      env: {
        PATH: `${path}:${Deno.env.get("PATH")}`,
        HOME: this.#folder,
        KUBECONFIG: this.cluster.kubeconfig,
      },
      stdin: "null",
    }).output();
    const decoder = new TextDecoder();
    const printed = decoder.decode(stdout);
    if (code === 0) return printed;
    throw new Error(`${script}\nended with ${code}: ${printed}${decoder.decode(stderr)}`);
  }

  /** Writes a file into the folder in which `sh()` runs. */
  async write(name: string, text: string): Promise<void> {
    await Deno.writeTextFile(`${this.#folder}/${name}`, text);
  }

  /** Installs the chart with these values and waits until every pod is ready. */
  async install(...values: readonly string[]): Promise<void> {
    await this.sh(
      `kubectl create namespace ${NAMESPACE} --dry-run=client -o yaml | kubectl apply -f -`,
    );
    const sets = [DISK, ...values].map((value) => `--set '${value}'`).join(" ");
    await this.sh(`helm install --namespace ${NAMESPACE} ${RELEASE} ./chart ${sets}`);
    await this.untilReady();
  }

  /** Changes these values of the release, keeps the others, and waits until every pod is ready. */
  async upgrade(...values: readonly string[]): Promise<void> {
    const sets = values.map((value) => `--set '${value}'`).join(" ");
    const keep = "--reset-then-reuse-values";
    await this.sh(`helm upgrade --namespace ${NAMESPACE} ${keep} ${RELEASE} ./chart ${sets}`);
    await this.untilReady();
  }

  /** Waits until controller and agents are ready. */
  async untilReady(): Promise<void> {
    const rollout = `kubectl --namespace ${NAMESPACE} rollout status --timeout 2m`;
    await this.sh(`${rollout} deployment/${RELEASE}-warm-images-controller`);
    await this.sh(`${rollout} daemonset/${RELEASE}-warm-images-agent`);
  }

  async apply(...objects: readonly unknown[]): Promise<void> {
    const list = JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });
    const file = `apply-${crypto.randomUUID()}.json`; // several may be applied at the same time
    await this.write(file, list);
    await must(this.cluster.kubectl("apply", "--filename", `${this.#folder}/${file}`));
  }

  /** Pushes an image of noise; resolves to its reference. */
  async push(repository: string, bytes = 200_000, more: Partial<ImageSpec> = {}): Promise<string> {
    const layers = [{ name: repository, bytes }];
    const registry = await this.cluster.registry();
    return (await pushImage(registry, { repository, tag: "1", layers, ...more })).reference;
  }

  /** Whether a node could start a container from the image at once. */
  async isWarm(node: string, reference: string): Promise<boolean> {
    const { stdout } = await this.cluster.ctr(node, "images", "check", `name==${reference}`);
    return stdout.split("\n").some((line) => line.trimEnd().endsWith("true"));
  }

  async untilWarm(reference: string, nodes?: readonly string[]): Promise<void> {
    for (const node of nodes ?? await this.cluster.nodes()) {
      await waitUntil(`"${reference}" is warm on ${node}`, () => this.isWarm(node, reference), {
        timeoutMs: 180_000,
        everyMs: 100,
      });
    }
  }

  /** How often nodes, by containerd or by our agent, asked the registry for anything of a repository. */
  async requestsFor(repository: string): Promise<number> {
    const requests = await this.cluster.registryRequests();
    const pulls = requests.filter(({ method, userAgent }) =>
      (method === "GET" || method === "HEAD") && /^(containerd\/|warm-images)/.test(userAgent)
    );
    return pulls.filter(({ path }) => path.startsWith(`/v2/${repository}/`)).length;
  }

  /** Where this machine reaches a node. */
  async addressOf(node: string): Promise<string> {
    const path = "jsonpath={.status.addresses[0].address}";
    return await must(this.cluster.kubectl("get", "node", node, "-o", path));
  }

  /** Names of the pods of a component, ready or not. */
  async pods(component: "controller" | "agent" | "nats"): Promise<string[]> {
    const selector = `app.kubernetes.io/component=${component}`;
    const printed = await this.sh(
      `kubectl --namespace ${NAMESPACE} get pods -l ${selector} -o name`,
    );
    return printed.split("\n").filter((name) => name !== "");
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.cluster.down();
  }
}

/** Starts a cluster and loads what we built into its registry, under the chart's own names. */
export async function startTestCluster(nodes: readonly NodeSpec[]): Promise<TestCluster> {
  const built = await buildImages();
  await sweepClusters();
  const cluster = new LocalCluster(newClusterName("e2e"), { endsWithProcess: true });
  try {
    const images = await cluster.up(nodes);
    await cluster.load(built);
    const folder = await cluster.visibleFolder("scripts");
    await Deno.symlink(`${REPOSITORY}chart`, `${folder}/chart`);
    await Deno.symlink(`${REPOSITORY}tests/e2e/stand_ins`, `${folder}/stand-ins`);
    return new TestCluster(cluster, images, folder);
  } catch (error) {
    await cluster.down();
    throw error;
  }
}
