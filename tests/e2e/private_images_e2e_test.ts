import { assertEquals, assertStringIncludes } from "@std/assert";
import { must } from "../harness/cluster/cluster.ts";
import { NAMESPACE, RELEASE, startTestCluster } from "../harness/cluster/test_cluster.ts";
import { whyNoTestCluster } from "../harness/cluster/why_no_test_cluster.ts";
import { namespaceOf } from "../harness/cluster/workloads.ts";
import { realTest } from "../harness/servers/skipping.ts";
import { waitUntil } from "../harness/wait.ts";
import { asked, assertNoBytes } from "./private/bytes_only.ts";
import { inMemoryOf, searchEverywhere } from "./private/canary_search.ts";
import { needlesOf } from "./private/needles.ts";
import { isClosed, runs } from "./private/pods.ts";
import {
  controllerSays,
  NAMESPACES,
  type PrivateRegistries,
  privateValues,
  reportOf,
  startPrivateRegistries,
  untilBytes,
  wants,
  type Way,
  WAYS,
} from "./private/registries.ts";

/** Where logins of the nodes lie: the mounted login file, and what the plugin knows. */
const LOGINS_OF_NODES = [
  /\/kubernetes\.io~secret\/registry-logins\//,
  /^\/etc\/eks\/image-credential-provider\//,
];

realTest(
  "private images are warm where their namespaces ask for it, and still closed",
  await whyNoTestCluster(),
  async (t) => {
    await using test = await startTestCluster([
      { containerd: "1.7" },
      { containerd: "2.3" },
      { containerd: "2.4" },
    ]);
    await using registries = await startPrivateRegistries(test);
    await test.install(...privateValues(registries));
    const step = (name: string, fn: () => Promise<void>) =>
      t.step({ name, fn, sanitizeOps: false, sanitizeResources: false });

    const names: Record<Way, string> = {
      file: "by a login file of the nodes",
      plugin: "by a credential provider plugin",
      secret: "by a pull secret that is sealed to each node",
    };
    for (const way of WAYS) await step(names[way], () => isWarmedAsBytes(registries, way));
    await step("during pulls no password is to be seen", () => isNowhere(registries));
    await step("without the mark it is not wanted, and `why` says so", () => isOff(registries));
    await step("open, as public images are", () => isOpen(registries));
    await step("a mark that goes during a pull", () => takenBack(registries));
    await step("nothing of it is left after an uninstall", () => leavesNothing(registries));
  },
);

/** The agents get the bytes, which open nothing to strangers and spare the pod with the secret its pull. */
async function isWarmedAsBytes(registries: PrivateRegistries, way: Way): Promise<void> {
  const on = registries[way];
  const namespace = NAMESPACES[way];
  const image = await on.push(`${way}/app`);
  const cold = await on.push(`${way}/cold`);
  await wants(on, namespace, image);
  await untilBytes(on, image);
  await isClosed(on, { image, cold, namespace });
  for (const node of on.nodes) {
    const pod = { node, name: `own-${node}`, image, withSecret: true };
    assertNoBytes(await asked(on, () => runs(on, pod, namespace)), `${way}, ${node}`);
  }
}

/** All three registries hold their blobs back: each node is in the middle of three pulls. */
async function isNowhere(registries: PrivateRegistries): Promise<void> {
  const { file: { test, nodes } } = registries;
  const hold = Promise.withResolvers<void>();
  const images = new Map<Way, string>();
  try {
    for (const way of WAYS) {
      const on = registries[way];
      on.front.hold = hold.promise;
      const image = await on.push(`${way}/held`);
      images.set(way, image);
      await wants(on, NAMESPACES[way], image);
    }
    const needles = WAYS.flatMap((way) => needlesOf(registries[way].front.login.password));
    await waitUntil("every node pulls from every registry", () => {
      return WAYS.every((way) => registries[way].front.held() >= nodes.length);
    }, { timeoutMs: 180_000 });
    assertEquals(await searchEverywhere(test, needles, { at: LOGINS_OF_NODES }), []);
    for (const node of nodes) {
      const { processes, findings } = await inMemoryOf(test, node, "ctr", needles);
      assertEquals(findings, []);
      assertEquals(processes >= WAYS.length, true, `${node} runs ctr: ${processes}`);
    }
  } finally {
    hold.resolve();
    for (const way of WAYS) registries[way].front.hold = undefined;
  }
  for (const [way, image] of images) await untilBytes(registries[way], image);
}

async function isOff({ secret: on }: PrivateRegistries): Promise<void> {
  const image = await on.push("off/app");
  await on.namespace("unmarked");
  const requests = await asked(on, async () => {
    await wants(on, "unmarked", image);
    await waitUntil("`why` says what is missing", async () => {
      const told = await controllerSays(on.test, `why ${image}`);
      return told.includes("warm-images/private") && told.includes("unmarked");
    }, { everyMs: 500 });
  });
  assertEquals(requests.filter((each) => each.includes("/off/app/")), []);
}

async function isOpen({ file: on }: PrivateRegistries): Promise<void> {
  const image = await on.push("open/app");
  await on.namespace("gallery", { "warm-images/private": "open" });
  await wants(on, "gallery", image);
  await on.test.untilWarm(image);
  for (const node of on.nodes) {
    assertEquals(await on.hasBytes(node, image), false, `${node} keeps it once`);
    const pod = { node, name: `anybody-${node}`, image, withSecret: false };
    const requests = await asked(on, () => runs(on, pod, "gallery"));
    assertEquals(requests.filter((each) => each.includes("/open/app/")), []);
  }
}

/** What is being pulled then is given up. What is there goes after a grace of some ten minutes. */
async function takenBack({ secret: on }: PrivateRegistries): Promise<void> {
  const hold = Promise.withResolvers<void>();
  const image = await on.push("taken/app");
  on.front.hold = hold.promise;
  try {
    await wants(on, NAMESPACES.secret, image);
    await waitUntil("every node pulls it", () => on.front.held() >= on.nodes.length, {
      timeoutMs: 180_000,
    });
    await on.test.apply(namespaceOf(NAMESPACES.secret));
    await waitUntil("the controller no longer wants it", async () => {
      return (await controllerSays(on.test, `why ${image}`)).includes("warm-images/private");
    }, { everyMs: 500 });
    await waitUntil("no agent has it in hand any more", async () => {
      const reports = await Promise.all(on.nodes.map((node) => reportOf(on.test, node, image)));
      return reports.every((report) => report === undefined);
    }, { timeoutMs: 180_000, everyMs: 500 });
  } finally {
    hold.resolve();
    on.front.hold = undefined;
  }
  for (const node of on.nodes) assertEquals(await on.hasBytes(node, image), false, node);
}

/** One node by the controller's command while agents run, then every one by hand. */
async function leavesNothing({ file: on }: PrivateRegistries): Promise<void> {
  const kept = async (node: string) =>
    (await must(on.test.cluster.onNode(node, "ctr", "namespaces", "ls", "-q"))).split("\n")
      .includes("warm-images");
  for (const node of on.nodes) assertEquals(await kept(node), true);
  assertStringIncludes(await on.test.sh(`helm list --namespace ${NAMESPACE}`), RELEASE);
  await controllerSays(on.test, "remove-bytes");
  for (const node of on.nodes) {
    await waitUntil(`${node} has given up its bytes`, async () => !await kept(node), {
      everyMs: 500,
    });
  }
  await on.test.sh(`helm uninstall --namespace ${NAMESPACE} ${RELEASE}`);
  for (const node of on.nodes) assertEquals(await kept(node), false);
}
