import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { must } from "../harness/cluster/cluster.ts";
import {
  NAMESPACE,
  RELEASE,
  startTestCluster,
  type TestCluster,
} from "../harness/cluster/test_cluster.ts";
import { whyNoTestCluster } from "../harness/cluster/why_no_test_cluster.ts";
import { namespaceOf } from "../harness/cluster/workloads.ts";
import { GUIDE } from "../harness/documents/guide_sections.ts";
import { sectionCommands } from "../harness/documents/sections.ts";
import { realTest } from "../harness/servers/skipping.ts";
import { waitUntil } from "../harness/wait.ts";
import { asked, assertNoBytes } from "./private/bytes_only.ts";
import { inMemoryOf, searchEverywhere } from "./private/canary_search.ts";
import { needlesOf } from "../harness/private_images/needles.ts";
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
} from "../harness/private_images/registries.ts";

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

/** Layers of all three registries trickle: each node is in the middle of three pulls. */
async function isNowhere(registries: PrivateRegistries): Promise<void> {
  const { file: { test, nodes } } = registries;
  const needles = WAYS.flatMap((way) => needlesOf(registries[way].front.login.password));
  const images = new Map<Way, string>();
  {
    using trickles = new DisposableStack();
    for (const way of WAYS) {
      const on = registries[way];
      trickles.use(on.front.trickle());
      const image = await on.push(`${way}/held`);
      images.set(way, image);
      await wants(on, NAMESPACES[way], image);
    }
    for (const way of WAYS) await registries[way].untilPulling(`${way}/held`);
    await areInMemory(registries, "held");
    assertEquals(await searchEverywhere(test, needles, { at: LOGINS_OF_NODES }), []);
    for (const node of nodes) assertEquals(await inMemoryOf(test, node, "ctr", needles), []);
    await areInMemory(registries, "held");
    await isFound(test, "secret/held");
  }
  for (const [way, image] of images) await untilBytes(registries[way], image);
}

/** Where passwords are searched for, what may be there is found: names of images, as of now. */
async function areInMemory({ file: { test, nodes } }: PrivateRegistries, name: string) {
  for (const node of nodes) {
    for (const repository of WAYS.map((way) => `${way}/${name}`)) {
      await waitUntil(`"${repository}" is in the memory of a ctr of ${node}`, async () => {
        return (await inMemoryOf(test, node, "ctr", [repository])).length > 0;
      });
    }
  }
}

/** The search itself is good for something: a name that is no secret is found in each kind of place. */
async function isFound(test: TestCluster, name: string): Promise<void> {
  const findings = await searchEverywhere(test, [name], { at: [] });
  const places = [
    ...[/^cmdline of ctr$/, /jetstream/, /^log of pod\/.*agent/],
    ...[/^http:.*:8080\/$/, /^http:.*\/page\/node\.json/],
  ];
  for (const place of places) {
    assert(findings.some((finding) => place.test(finding)), `${place}: ${findings.join(", ")}`);
  }
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

/** What is being pulled then is given up, and what is there counts no longer, though it goes later. */
async function takenBack({ secret: on }: PrivateRegistries): Promise<void> {
  const there = `${on.front.host}/secret/held:1`;
  const image = await on.push("taken/app");
  {
    using _trickle = on.front.trickle();
    await wants(on, NAMESPACES.secret, image);
    await on.untilPulling("taken/app");
    await on.test.apply(namespaceOf(NAMESPACES.secret));
    for (const node of on.nodes) {
      await waitUntil(`${node} has given the pull up`, async () => {
        return (await on.test.cluster.onNode(node, "pgrep", "-f", "content fetch")).code === 1;
      }, { everyMs: 500 });
    }
  }
  for (const node of on.nodes) {
    await waitUntil(`${node} reports neither`, async () => {
      const reports = [there, image].map((each) => reportOf(on.test, node, each));
      return (await Promise.all(reports)).every((report) => report === undefined);
    }, { everyMs: 500 });
    assertEquals(await on.hasBytes(node, image), false, `${node} has "${image}"`);
  }
  assertStringIncludes(await controllerSays(on.test, `why ${image}`), "warm-images/private");
}

/** By the page's two commands: the one for all nodes while agents run, the other for one without. */
async function leavesNothing({ file: on }: PrivateRegistries): Promise<void> {
  const [everywhere = "", byHand = "", ...more] = await sectionCommands(GUIDE.bytes);
  assertEquals(more, []);
  const kept = async (node: string) =>
    (await must(on.test.cluster.onNode(node, "ctr", "namespaces", "ls", "-q"))).split("\n")
      .includes("warm-images");
  for (const node of on.nodes) assertEquals(await kept(node), true);
  await on.test.sh(everywhere);
  for (const node of on.nodes) {
    await waitUntil(`${node} has given up its bytes`, async () => !await kept(node), {
      everyMs: 500,
    });
  }
  await on.test.sh(`helm uninstall --namespace ${NAMESPACE} ${RELEASE}`);
  for (const node of on.nodes) assertEquals(await kept(node), false);

  const image = await on.push("by-hand/app");
  for (const node of on.nodes) {
    await on.fetchByHand(node, image);
    assertEquals(await kept(node), true);
    await must(on.test.cluster.onNode(node, "sh", "-c", byHand));
    assertEquals(await kept(node), false, node);
  }
}
