import { must } from "../cluster/cluster.ts";
import type { TestCluster } from "../cluster/test_cluster.ts";
import { namespaceOf } from "../cluster/workloads.ts";
import { busyboxLayer } from "../images/pod_images.ts";
import {
  type LoginRegistry,
  type LoginScheme,
  startLoginRegistry,
} from "../servers/login_registry.ts";
import { waitUntil } from "../wait.ts";
import { trustPlain } from "../cluster/plain_registry.ts";

/** Name of the pull secret in each namespace of these tests that has one. */
export const PULL_SECRET = "regcred";

/** A cluster, and a registry that wants a login, which its nodes know; disposing closes the latter. */
export class PrivateCluster implements AsyncDisposable {
  readonly test: TestCluster;
  readonly front: LoginRegistry;
  readonly nodes: readonly string[];

  private constructor(test: TestCluster, front: LoginRegistry, nodes: readonly string[]) {
    this.test = test;
    this.front = front;
    this.nodes = nodes;
  }

  static async open(
    test: TestCluster,
    options: { readonly scheme?: LoginScheme; readonly login?: LoginRegistry["login"] } = {},
  ): Promise<PrivateCluster> {
    const upstream = await test.cluster.registry();
    const hostname = upstream.slice(0, upstream.lastIndexOf(":"));
    const front = startLoginRegistry({ upstream, hostname, ...options });
    const nodes = await test.cluster.nodes();
    for (const node of nodes) await trustPlain(test, node, front.host);
    return new PrivateCluster(test, front, nodes);
  }

  /** Pushes an image that can run; resolves to its name at the registry that wants a login. */
  async push(repository: string, bytes = 3_000_000): Promise<string> {
    const layers = [await busyboxLayer(), { name: repository, bytes }];
    await this.test.push(repository, 0, { layers });
    return `${this.front.host}/${repository}:1`;
  }

  /** Waits until every node is in the middle of an image whose layers trickle. */
  async untilPulling(repository: string): Promise<void> {
    const { front, nodes } = this;
    const what = `all nodes pull "${repository}"`;
    await waitUntil(what, () => front.trickledTo(repository).size >= nodes.length, {
      timeoutMs: 180_000,
    });
  }

  /** Makes a namespace with the registry's login in a Secret. */
  async namespace(name: string, annotations: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.test.apply(namespaceOf(name, annotations), this.secretIn(name));
    // Without it, a pod that somebody creates at once is refused.
    await must(this.test.cluster.kubectl(
      ...["--namespace", name, "wait", "--for=create", "serviceaccount/default", "--timeout=60s"],
    ));
  }

  /** The pull secret, with the login that the registry takes now. */
  secretIn(namespace: string, name: string = PULL_SECRET) {
    const { username, password } = this.front.login;
    const auths = { [this.front.host]: { username, password } };
    return {
      apiVersion: "v1",
      kind: "Secret",
      type: "kubernetes.io/dockerconfigjson",
      metadata: { name, namespace },
      stringData: { ".dockerconfigjson": JSON.stringify({ auths }) },
    };
  }

  /** Puts the bytes of an image on a node by hand, as the agent does it. */
  async fetchByHand(node: string, image: string): Promise<void> {
    const arch = Deno.build.arch === "x86_64" ? "amd64" : "arm64";
    const fetch = ["content", "fetch", "--platform", `linux/${arch}`];
    await must(this.bytes(node, ...fetch, ...this.#asWhom(), image));
  }

  /** Pulls an image on a node by hand to where kubelet looks. */
  async pullByHand(node: string, image: string): Promise<void> {
    await must(this.test.cluster.ctr(node, "images", "pull", ...this.#asWhom(), image));
  }

  #asWhom(): string[] {
    const { username, password } = this.front.login;
    return ["--hosts-dir", "/etc/containerd/certs.d", "--user", `${username}:${password}`];
  }

  /** Whether a node has all bytes of an image, by containerd's word, where kubelet does not look. */
  async hasBytes(node: string, image: string): Promise<boolean> {
    const { stdout } = await this.bytes(node, "images", "check", `name==${image}`);
    return stdout.split("\n").some((line) => line.startsWith(image) && / complete \(/.test(line));
  }

  /** Runs `ctr` on a node, in the namespace of bytes. */
  async bytes(node: string, ...args: readonly string[]) {
    const command = ["ctr", "--namespace", "warm-images", ...args];
    return await this.test.cluster.onNode(node, ...command);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.front[Symbol.asyncDispose]();
  }
}
