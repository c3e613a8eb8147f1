import { assertEquals } from "@std/assert";
import { printProgress } from "../harness/print.ts";
import { realTest } from "../harness/servers/skipping.ts";
import { waitUntil } from "../harness/wait.ts";
import { must } from "../harness/cluster/cluster.ts";
import {
  NAMESPACE,
  RELEASE,
  startTestCluster,
  type TestCluster,
} from "../harness/cluster/test_cluster.ts";
import { whyNoTestCluster } from "../harness/cluster/why_no_test_cluster.ts";
import { warmsNew } from "./warms_new.ts";

const reason = await whyNoTestCluster();
const NATS = `${RELEASE}-warm-images-nats`;

/** 50 s until the node counts as lost, 30 s of toleration, and a pod's start, on a busy machine. */
const MOVED_WITHIN_MS = 300_000;

realTest("NATS' node is powered off, and all is ready again without a hand", reason, async (t) => {
  await using test = await startTestCluster([{}, {}]);
  const nodes = await test.cluster.nodes();
  await volume(test, nodes);
  await test.install("nats.persistence.enabled=true", "nats.persistence.storageClass=own");
  await warmsNew(test, "powered-off/kept", { nodes });

  await t.step("a StatefulSet, as chart 0.1.0 had one, becomes a Deployment", async () => {
    await test.upgrade("nats.persistence.enabled=false");
    await test.sh(
      `kubectl --namespace ${NAMESPACE} rollout status deployment/${NATS} --timeout 2m`,
    );
    await waitUntil("one NATS is left", async () => (await podsOf(test, "nats")).length === 1);
    await warmsNew(test, "powered-off/moved", { nodes });
    await test.untilReady();
  });

  await t.step("a powered-off node takes NATS along", () => powerOff(test, nodes));
});

/** A volume for NATS, on whichever node it runs. */
async function volume(test: TestCluster, nodes: readonly string[]): Promise<void> {
  const path = "/var/lib/nats-of-test";
  for (const node of nodes) await must(test.cluster.onNode(node, "install", "-dm", "0777", path));
  await test.apply({
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name: "nats" },
    spec: {
      accessModes: ["ReadWriteOnce"],
      capacity: { storage: "1Gi" },
      hostPath: { path },
      storageClassName: "own",
    },
  });
}

async function powerOff(test: TestCluster, nodes: readonly string[]): Promise<void> {
  const [nats] = await podsOf(test, "nats");
  const lost = nats?.node ?? "";
  const alive = nodes.filter((node) => node !== lost);
  assertEquals(alive.length, 1, `NATS runs on one of the nodes: "${lost}"`);

  await test.cluster.powerOff(lost);
  const began = performance.now();
  const ready = async (component: "controller" | "agent" | "nats") => {
    const there = (await podsOf(test, component)).filter(({ node }) => node !== lost);
    return there.length > 0 && there.every((pod) => pod.ready);
  };
  const moved = { timeoutMs: MOVED_WITHIN_MS, everyMs: 500 };
  await waitUntil("NATS is ready on another node", () => ready("nats"), moved);
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  printProgress(`NATS was ready on another node ${seconds} s after its own was powered off`);
  await waitUntil("the agents of living nodes are ready", () => ready("agent"));
  await waitUntil("the controllers of living nodes are ready", () => ready("controller"));
  await warmsNew(test, "powered-off/after", { nodes: alive });
}

/** Node and readiness of each pod of a component, also of those that are being deleted. */
async function podsOf(
  test: TestCluster,
  component: "controller" | "agent" | "nats",
): Promise<{ readonly node: string; readonly ready: boolean }[]> {
  const ready = '{.status.conditions[?(@.type=="Ready")].status}';
  const path = `{range .items[*]}{.spec.nodeName} ${ready}{"\\n"}{end}`;
  const printed = await test.sh(
    `kubectl --namespace ${NAMESPACE} get pods -l app.kubernetes.io/component=${component} ` +
      `-o jsonpath='${path}'`,
  );
  return printed.trim().split("\n").map((line) => {
    const [node = "", status] = line.split(" ");
    return { node, ready: status === "True" };
  });
}
