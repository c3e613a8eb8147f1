import { openKubernetes } from "../../../mod/adapters/kubernetes/client.ts";
import {
  privateValues,
  startPrivateRegistries,
  untilBytes,
  wants,
  wantsNoMore,
} from "../../harness/private_images/registries.ts";
import { type PrivateCluster, PULL_SECRET } from "../../harness/private_images/private_cluster.ts";
import { must } from "../../harness/cluster/cluster.ts";
import { slowCables } from "../../harness/cluster/slow_cables.ts";
import { startTestCluster } from "../../harness/cluster/test_cluster.ts";
import { recordingLogger } from "../../harness/fakes/quiet.ts";
import { busyboxLayer } from "../../harness/images/pod_images.ts";
import { printProgress } from "../../harness/print.ts";
import { type Figure, median, spread } from "../figure.ts";
import { takeAway } from "./images.ts";
import { BARE_NAMESPACE, type PodStart, TimedPods } from "./pods.ts";

const MB = 1_000_000;
const ROUNDS = 3;
const LAYERS = 5;
/** What a node's cable lets through in a second. */
const MEGABYTES = 20;
/** The namespace of these tests whose registry may be open. */
const OPEN_NAMESPACE = "gallery";
const BYTES_NAMESPACE = "filed";

type Way = "cold" | "bytes" | "open" | "ranBefore";

/** Pods of a private image of 200 MB on nodes with containerd 1.7 and 2.4: cold, as bytes, open, run before. */
export async function privateStart(): Promise<Figure[]> {
  await using test = await startTestCluster([{ containerd: "1.7" }, { containerd: "2.4" }]);
  await using registries = await startPrivateRegistries(test);
  await test.install(...privateValues(registries));
  using client = openKubernetes({ kubeconfig: test.cluster.kubeconfig, logger: recordingLogger() });
  const { file: on } = registries;
  const pods = await TimedPods.open({ test, client });
  await test.apply(on.secretIn(BARE_NAMESPACE));
  await on.namespace(OPEN_NAMESPACE, { "warm-images/private": "open" });

  const starts: Record<Way, PodStart[]> = { cold: [], bytes: [], open: [], ranBefore: [] };
  const start = async (way: Way, image: string) => {
    const secret = { imagePullSecrets: [{ name: PULL_SECRET }] };
    await using _held = await slowCables(test.cluster, on.nodes, MEGABYTES);
    const started = await pods.start(on.nodes, image, secret);
    starts[way].push(started);
    printProgress(`${way}: started ${started.started.toFixed(0)} ms`);
  };
  // One for each way: kubelet remembers what it has pulled by a secret.
  const image = await pushLarge(on, "large/app");
  const open = await pushLarge(on, "large/open");
  for (let round = 0; round < ROUNDS; round++) {
    await start("cold", image);
    await start("ranBefore", image);
    await takeAway(test, on.nodes, [image]);

    await wants(on, BYTES_NAMESPACE, image);
    await untilBytes(on, image);
    await start("bytes", image);
    await wantsNoMore(on, BYTES_NAMESPACE, image);
    for (const node of on.nodes) await must(on.bytes(node, "images", "rm", "--sync", image));
    await takeAway(test, on.nodes, [image]);

    await wants(on, OPEN_NAMESPACE, open);
    await test.untilWarm(open);
    await start("open", open);
    await wantsNoMore(on, OPEN_NAMESPACE, open);
    await takeAway(test, on.nodes, [open]);
  }
  return figuresOf(starts);
}

async function pushLarge(on: PrivateCluster, repository: string): Promise<string> {
  const noise = Array.from({ length: LAYERS }, (_, index) => ({
    name: `${repository}-${index}`,
    bytes: 200 * MB / LAYERS,
  }));
  await on.test.push(repository, 0, { layers: [await busyboxLayer(), ...noise] });
  return `${on.front.host}/${repository}:1`;
}

function figuresOf(starts: Readonly<Record<Way, readonly PodStart[]>>): Figure[] {
  const figure = (way: Way, what: string): Figure => {
    const seconds = starts[way].map(({ started }) => started / 1000);
    const times = median(starts.cold.map(({ started }) => started / 1000)) / median(seconds);
    const measured = `${spread(seconds, "s", 1)}; ${times.toFixed(1)} × as soon as cold`;
    return { what, target: "beside it", measured, met: true };
  };
  return [
    figure("cold", `private image of 200 MB, ${MEGABYTES} MB/s per node, containers start: cold`),
    figure("bytes", "the same, warm as bytes"),
    figure("open", "the same, warm and open"),
    figure("ranBefore", "the same, already run there before"),
  ];
}
