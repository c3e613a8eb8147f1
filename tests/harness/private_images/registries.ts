import { NAMESPACE, RELEASE, type TestCluster } from "../cluster/test_cluster.ts";
import { deploymentOf, inNamespace, namespaceOf, sleeping } from "../cluster/workloads.ts";
import { waitUntil } from "../wait.ts";
import { newCanary } from "./needles.ts";
import { installPlugin } from "./node_plugin.ts";
import { PrivateCluster, PULL_SECRET } from "./private_cluster.ts";

/** Secret in the agents' namespace that is a login file on each node. */
const NODE_LOGINS = "node-logins";

/** Three registries, each with a login that the nodes come by in another way. */
export interface PrivateRegistries {
  /** In the login file of the nodes; may be open. */
  readonly file: PrivateCluster;
  /** By a credential provider plugin. */
  readonly plugin: PrivateCluster;
  /** In a pull secret of namespace "shop", which the controller may read. */
  readonly secret: PrivateCluster;
}

/** The ways of a login to a node. */
export type Way = keyof PrivateRegistries;

/** All of them. */
export const WAYS = ["file", "plugin", "secret"] as const satisfies readonly Way[];

/** The namespace, in mode `bytes`, whose pods want images of a registry. */
export const NAMESPACES: Readonly<Record<Way, string>> = {
  file: "filed",
  plugin: "provided",
  secret: "shop",
};

/** Starts the registries, and gives nodes and namespaces what they need to log in there. */
export async function startPrivateRegistries(
  test: TestCluster,
): Promise<PrivateRegistries & AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  const start = async (way: Way) => {
    const login = { username: way, password: newCanary(way) };
    const scheme = way === "plugin" ? "basic" : "token";
    return stack.use(await PrivateCluster.open(test, { login, scheme }));
  };
  const [file, plugin, secret] = [
    await start("file"),
    await start("plugin"),
    await start("secret"),
  ];
  const all = { file, plugin, secret };
  for (const node of file.nodes) await installPlugin(test, node, plugin.front);
  await test.apply(namespaceOf(NAMESPACE), file.secretIn(NAMESPACE, NODE_LOGINS));
  for (const way of WAYS) {
    await all[way].namespace(NAMESPACES[way], { "warm-images/private": "bytes" });
  }
  const started = stack.move();
  return { ...all, [Symbol.asyncDispose]: () => started.disposeAsync() };
}

/** Values of the chart for them. */
export function privateValues({ file }: PrivateRegistries): string[] {
  return [
    "privateImages.modes=bytes open",
    `privateImages.openRegistries=${file.front.host}`,
    `privateImages.namespaces.${NAMESPACES.secret}={${PULL_SECRET}}`,
    `agent.registryLogins.existingSecret=${NODE_LOGINS}`,
    "agent.credentialProviders.preset=eks",
    "agent.health.address=node",
    "logLevel=debug",
    "forgetAfter=0s",
  ];
}

/** Has a Deployment without pods, which names the pull secret of its namespace, want an image. */
export async function wants(on: PrivateCluster, namespace: string, image: string): Promise<void> {
  const spec = sleeping(image, { imagePullSecrets: [{ name: PULL_SECRET }] });
  await on.test.apply(inNamespace(namespace, deploymentOf(nameOf(image), spec)));
}

/** Takes that back. */
export async function wantsNoMore(
  on: PrivateCluster,
  namespace: string,
  image: string,
): Promise<void> {
  await on.test.sh(`kubectl --namespace ${namespace} delete deployment ${nameOf(image)}`);
}

const nameOf = (image: string) => image.replace(/^[^/]+\/|:1$/g, "").replaceAll("/", "-");

/** Waits until every node has the bytes of an image, and has reported them as such. */
export async function untilBytes(on: PrivateCluster, image: string): Promise<void> {
  for (const node of on.nodes) {
    await waitUntil(`${node} has the bytes of "${image}"`, () => on.hasBytes(node, image), {
      timeoutMs: 180_000,
      everyMs: 200,
    });
  }
  await waitUntil(`all nodes report the bytes of "${image}"`, async () => {
    const reported = await Promise.all(on.nodes.map((node) => reportOf(on.test, node, image)));
    return reported.every((each) => each?.as === "bytes");
  }, { timeoutMs: 180_000, everyMs: 500 });
}

/** What a node has of an image, as `status` shows it. */
export async function reportOf(
  test: TestCluster,
  node: string,
  image: string,
): Promise<{ readonly image: string; readonly as?: string } | undefined> {
  const { nodes } = JSON.parse(await controllerSays(test, `status ${node} --output json`));
  return nodes[0].has.find((each: { image: string }) => each.image === image);
}

/** What a command of the controller prints, whatever its exit code. */
export async function controllerSays(test: TestCluster, command: string): Promise<string> {
  return await test.sh(
    `kubectl --namespace ${NAMESPACE} exec deployment/${RELEASE}-warm-images-controller -- ` +
      `warm-images-controller ${command} || true`,
  );
}
