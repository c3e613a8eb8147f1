import { assertEquals } from "@std/assert";
import { must } from "../../harness/cluster/cluster.ts";
import { inNamespace, podOn, sleeping } from "../../harness/cluster/workloads.ts";
import { waitUntil } from "../../harness/wait.ts";
import { type PrivateCluster, PULL_SECRET } from "../../harness/private_images/private_cluster.ts";

/** A pod of the tests. */
export interface PrivatePod {
  readonly node: string;
  readonly name: string;
  readonly image: string;
  /** Whether it names the pull secret of its namespace. */
  readonly withSecret: boolean;
  /** Default: IfNotPresent. */
  readonly policy?: "Never" | "Always";
}

/** How kubelet turned a pod down. */
export interface Refusal {
  readonly reason: string;
  /** kubelet's own words, without the name of the repository. */
  readonly message: string;
}

/** What the API server says of the container of a pod. */
interface ContainerState {
  readonly running?: { readonly startedAt: string };
  readonly waiting?: { readonly reason?: string; readonly message?: string };
}

/** Creates pods past the scheduler. */
export async function createPods(
  on: PrivateCluster,
  pods: readonly PrivatePod[],
  namespace = "default",
): Promise<void> {
  await on.test.apply(...pods.map(({ node, name, image, withSecret, policy }) => {
    const spec = sleeping(image, withSecret ? { imagePullSecrets: [{ name: PULL_SECRET }] } : {});
    const [container] = spec["containers"] as object[];
    const containers = [{ ...container, imagePullPolicy: policy ?? "IfNotPresent" }];
    return inNamespace(namespace, podOn(node, name, { ...spec, containers }));
  }));
}

/** Creates a pod and waits until its container runs; resolves to seconds from its creation to that. */
export async function runs(
  on: PrivateCluster,
  pod: PrivatePod,
  namespace = "default",
): Promise<number> {
  await createPods(on, [pod], namespace);
  const began = performance.now();
  await waitUntil(`the pod "${pod.name}" runs`, async () => {
    return (await statesOf(on, namespace)).get(pod.name)?.running !== undefined;
  }, { everyMs: 100 });
  return (performance.now() - began) / 1000;
}

/**
 * Pods without a secret are refused on each node, and pods that must not be pulled for are too,
 * whatever they name: in the very words that kubelet has for an image of which the node has nothing.
 */
export async function isClosed(
  on: PrivateCluster,
  { image, cold, namespace = "default" }: {
    readonly image: string;
    /** One that lies beside it at the registry, and on no node. */
    readonly cold: string;
    readonly namespace?: string;
  },
): Promise<void> {
  const suffix = crypto.randomUUID().slice(0, 8);
  const pairs = on.nodes.flatMap((node) =>
    WHO_IS_REFUSED.map((who) => {
      const of = (name: string, image: string): PrivatePod => ({
        ...who,
        node,
        image,
        name: `${who.name}-${name}-${node}-${suffix}`,
      });
      return { who, closed: of("closed", image), cold: of("cold", cold) };
    })
  );
  const pods = pairs.flatMap(({ closed, cold }) => [closed, cold]);
  await createPods(on, pods, namespace);
  const refusals = await refusalsOf(on, pods, namespace);
  for (const { who, closed, cold } of pairs) {
    const refusal = refusals.get(closed.name);
    const expected = who.policy === "Never" ? "ErrImageNeverPull" : "ErrImagePull";
    assertEquals(refusal?.reason, expected, `${closed.name}: ${refusal?.message}`);
    assertEquals(refusal, refusals.get(cold.name), closed.name);
  }
  await deletePods(on, namespace);
}

const WHO_IS_REFUSED: readonly Pick<PrivatePod, "name" | "withSecret" | "policy">[] = [
  { name: "stranger", withSecret: false },
  { name: "stranger-always", withSecret: false, policy: "Always" },
  { name: "stranger-never", withSecret: false, policy: "Never" },
  { name: "own-never", withSecret: true, policy: "Never" },
];

/** Waits until kubelet turned all of these down for their images; resolves to how, by name. */
export async function refusalsOf(
  on: PrivateCluster,
  pods: readonly PrivatePod[],
  namespace = "default",
): Promise<ReadonlyMap<string, Refusal>> {
  const refusals = new Map<string, Refusal>();
  await waitUntil("all pods are refused", async () => {
    const states = await statesOf(on, namespace);
    for (const { name, image } of pods) {
      const state = states.get(name);
      assertEquals(state?.running, undefined, `"${name}" runs`);
      const refusal = refusalIn(state?.waiting, image);
      if (refusal !== undefined) refusals.set(name, refusal);
    }
    return refusals.size === pods.length;
  }, { everyMs: 500 });
  return refusals;
}

/** While kubelet waits to try again, it puts other words before what it was told. */
function refusalIn(waiting: ContainerState["waiting"], image: string): Refusal | undefined {
  const { reason = "", message = "" } = waiting ?? {};
  const repository = image.slice(image.indexOf("/") + 1, image.lastIndexOf(":"));
  const plain = message.replaceAll(repository, "REPOSITORY")
    .replaceAll(encodeURIComponent(repository), "REPOSITORY");
  if (reason.startsWith("Err")) return { reason, message: plain };
  const [, before, told] = /^Back-off pulling image "[^"]*": (\w+): (.*)$/s.exec(plain) ?? [];
  return before === undefined || told === undefined ? undefined : { reason: before, message: told };
}

/** Deletes all pods of the tests. */
export async function deletePods(on: PrivateCluster, namespace = "default"): Promise<void> {
  await must(on.test.cluster.kubectl(
    ...["--namespace", namespace, "delete", "pods", "--all", "--force", "--grace-period=0"],
  ));
}

async function statesOf(
  on: PrivateCluster,
  namespace: string,
): Promise<ReadonlyMap<string, ContainerState>> {
  const printed = await must(
    on.test.cluster.kubectl("--namespace", namespace, "get", "pods", "-o", "json"),
  );
  const { items } = JSON.parse(printed) as {
    items: {
      metadata: { name: string };
      status: { containerStatuses?: { state: ContainerState }[] };
    }[];
  };
  return new Map(
    items.map((
      { metadata, status },
    ) => [metadata.name, status.containerStatuses?.[0]?.state ?? {}]),
  );
}
