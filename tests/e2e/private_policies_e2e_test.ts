import { assert, assertEquals } from "@std/assert";
import { configureKubelet } from "../harness/cluster/kubelet_configuration.ts";
import { startTestCluster } from "../harness/cluster/test_cluster.ts";
import { whyNoTestCluster } from "../harness/cluster/why_no_test_cluster.ts";
import { realTest } from "../harness/servers/skipping.ts";
import { asked, assertNoBytes } from "./private/bytes_only.ts";
import { isCollected, isUnseen } from "./private/unseen.ts";
import {
  createPods,
  deletePods,
  isClosed,
  type PrivatePod,
  refusalsOf,
  runs,
} from "./private/pods.ts";
import { PrivateCluster } from "../harness/private_images/private_cluster.ts";

/** What kubelet may be told of images that are there before a pod wants them (KEP-2535). */
const POLICIES = [
  "NeverVerifyPreloadedImages", // the default
  "NeverVerify",
  "NeverVerifyAllowlistedImages",
  "AlwaysVerify",
] as const;

/** Checks of images are beta in the older one, and on by default. */
const NODES = [
  { containerd: "1.7" },
  { containerd: "2.3", kubernetes: "1.35" },
  { containerd: "2.4" },
] as const;

realTest(
  "bytes of a private image open nothing to whoever has no login, whatever kubelet verifies",
  await whyNoTestCluster(),
  async (t) => {
    await using test = await startTestCluster(NODES);
    await using on = await PrivateCluster.open(test);
    await test.apply(on.secretIn("default"));
    const step = (name: string, fn: () => Promise<void>) =>
      t.step({ name, fn, sanitizeOps: false, sanitizeResources: false });
    for (const policy of POLICIES) await step(policy, () => underPolicy(on, policy));
    await step("neither CRI nor an image cleaner knows of them", () => isUnseen(on));
    await step("kubelet's garbage collection leaves them", () => isCollected(on));
  },
);

async function underPolicy(on: PrivateCluster, policy: typeof POLICIES[number]): Promise<void> {
  const name = policy.toLowerCase();
  const image = await on.push(`${name}/app`);
  const cold = await on.push(`${name}/cold`);
  const preloaded = await on.push(`${name}/preloaded`);
  await Promise.all(on.nodes.map(async (node) => {
    await configureKubelet(on.test.cluster, node, {
      featureGates: { KubeletEnsureSecretPulledImages: true },
      imagePullCredentialsVerificationPolicy: policy,
      // kubelet 1.35 compares names without a wildcard with references that have their tags.
      ...(policy === "NeverVerifyAllowlistedImages" &&
        { preloadedImagesVerificationAllowlist: [`${on.front.host}/${name}/*`] }),
    });
    await on.fetchByHand(node, image);
    assert(await on.hasBytes(node, image), `${node} has "${image}"`);
  }));
  await isClosed(on, { image, cold });
  // One by one: the registry does not know who asks.
  for (const node of on.nodes) {
    const pod = { node, name: `own-${name}-${node}`, image, withSecret: true };
    assertNoBytes(await asked(on, () => runs(on, pod)), `${policy}, ${node}`);
  }
  await preloadedIsOpen(on, policy, preloaded);
  await deletePods(on);
}

/** That kubelet goes by the policy shows at an image that lies where it looks, and was pulled by others. */
async function preloadedIsOpen(
  on: PrivateCluster,
  policy: typeof POLICIES[number],
  image: string,
): Promise<void> {
  const pods = on.nodes.map((node): PrivatePod => (
    { node, name: `preloaded-${node}`, image, withSecret: false }
  ));
  for (const node of on.nodes) await on.pullByHand(node, image);
  if (policy !== "AlwaysVerify") {
    await Promise.all(pods.map((pod) => runs(on, pod)));
    return;
  }
  await createPods(on, pods);
  const reasons = [...(await refusalsOf(on, pods)).values()].map(({ reason }) => reason);
  assertEquals(reasons, pods.map(() => "ErrImagePull"));
}
