import { openKubernetes } from "../../../mod/adapters/kubernetes/client.ts";
import { PrivateCluster, PULL_SECRET } from "../../e2e/private/private_cluster.ts";
import { untilBytes, wants, wantsNoMore } from "../../e2e/private/registries.ts";
import { recordingLogger } from "../../harness/fakes/quiet.ts";
import { NAMESPACE, startTestCluster } from "../../harness/cluster/test_cluster.ts";
import { namespaceOf } from "../../harness/cluster/workloads.ts";
import { slowCables } from "../../harness/cluster/slow_cables.ts";
import { busyboxLayer } from "../../harness/images/pod_images.ts";
import { printProgress } from "../../harness/print.ts";
import { type Figure, spread } from "../figure.ts";
import { NAMESPACE as BARE, TimedPods } from "./pods.ts";
import { takeAway } from "./images.ts";

const MB = 1_000_000;
const LAYERS = 5;
const ROUNDS = 3;
/** What a node's cable lets through in a second. */
const SLOW_MEGABYTES = 20;
const NODE_LOGINS = "node-logins";
const SPACES = { bytes: "shop", open: "gallery" } as const;

/** Pods with their pull secret, of a private image of 200 MB, one per node at the same time. */
export async function privateStart(): Promise<Figure[]> {
  await using test = await startTestCluster([{ containerd: "1.7" }, { containerd: "2.3" }]);
  await using on = await PrivateCluster.open(test);
  const { nodes } = on;
  await test.apply(namespaceOf(NAMESPACE), on.secretIn(NAMESPACE, NODE_LOGINS));
  for (const [mode, name] of Object.entries(SPACES)) {
    await on.namespace(name, { "warm-images/private": mode });
  }
  await test.install(
    "privateImages.modes=bytes open",
    `privateImages.openRegistries=${on.front.host}`,
    `agent.registryLogins.existingSecret=${NODE_LOGINS}`,
    "forgetAfter=0s",
  );
  using client = openKubernetes({
    kubeconfig: test.cluster.kubeconfig,
    logger: recordingLogger(),
  });
  const pods = await TimedPods.open({ test, client }, {
    imagePullSecrets: [{ name: PULL_SECRET }],
  });
  await test.apply(on.secretIn(BARE));
  const starts: Record<Way, number[]> = { cold: [], bytes: [], open: [], ranBefore: [] };
  const start = async (way: Way, image: string) => {
    const { started } = await pods.start(nodes, image);
    starts[way].push(started);
    printProgress(`private pod start, ${way}: ${started.toFixed(0)} ms`);
  };
  await using _held = await slowCables(test.cluster, nodes, SLOW_MEGABYTES);
  for (let round = 0; round < ROUNDS; round++) {
    const cold = await pushed(on, `private-cold-${round}`);
    await start("cold", cold);
    await start("ranBefore", cold);
    const bytes = await pushed(on, `private-bytes-${round}`);
    await wants(on, SPACES.bytes, bytes);
    await untilBytes(on, bytes);
    await start("bytes", bytes);
    await wantsNoMore(on, SPACES.bytes, bytes);
    const open = await pushed(on, `private-open-${round}`);
    await wants(on, SPACES.open, open);
    await test.untilWarm(open);
    await start("open", open);
    await wantsNoMore(on, SPACES.open, open);
    await takeAway(test, nodes, [cold, bytes, open]);
    for (const node of nodes) await on.bytes(node, "images", "rm", "--sync", bytes);
  }
  return figuresOf(starts);
}

type Way = "cold" | "bytes" | "open" | "ranBefore";

/** Layers of its own, so that it shares nothing with any other. */
async function pushed(on: PrivateCluster, name: string): Promise<string> {
  const noise = Array.from({ length: LAYERS }, (_, index) => ({
    name: `${name}-${index}`,
    bytes: 40 * MB,
  }));
  await on.test.push(name, 0, { layers: [await busyboxLayer(), ...noise] });
  return `${on.front.host}/${name}:1`;
}

function figuresOf(starts: Record<Way, readonly number[]>): Figure[] {
  const what: Readonly<Record<Way, string>> = {
    cold: "private pod start, 200 MB × 2 nodes, registry held to 20 MB/s per node: cold",
    bytes: "the same, warm as bytes",
    open: "the same, warm and open",
    ranBefore: "the same, already run there before",
  };
  return (["cold", "bytes", "open", "ranBefore"] as const).map((way) => ({
    what: what[way],
    target: "beside it",
    measured: spread(starts[way], "ms"),
    met: true,
  }));
}
