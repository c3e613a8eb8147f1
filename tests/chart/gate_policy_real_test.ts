import { assertEquals, assertStringIncludes } from "@std/assert";
import { systemClock } from "../../mod/adapters/clock.ts";
import { ApiError } from "../../mod/adapters/kubernetes/api_error.ts";
import {
  type KubernetesClient,
  openKubernetes,
  type PatchKind,
} from "../../mod/adapters/kubernetes/client.ts";
import { kubernetesNodeGates } from "../../mod/adapters/kubernetes/node_gates.ts";
import { messageOf } from "../../mod/pure/message_of.ts";
import type { WarmCondition } from "../../mod/pure/node_gate/warm_condition.ts";
import { recordingLogger } from "../harness/fakes/quiet.ts";
import { call, createAccount, tokenOf } from "../harness/servers/api_objects.ts";
import { grantReading } from "../harness/servers/api_rights.ts";
import { type ApiServer, startApiServer } from "../harness/servers/api_server.ts";
import { apiServerMissing } from "../harness/servers/api_server_or_reason.ts";
import { waitUntil } from "../harness/wait.ts";
import { realTest, reasonToSkip } from "../harness/servers/skipping.ts";
import { never } from "../harness/signals.ts";
import { Cluster } from "./installed.ts";

const skip = await apiServerMissing() ?? await reasonToSkip("helm", "kubectl");
const ON = ["gate.enabled=true", "gate.condition=true", "nats.url=nats://nats:4222"];
const COLD = { key: "warm-images/cold", value: "x", effect: "NoSchedule" };
const GPU = { key: "gpu", value: "a", effect: "NoSchedule" };
const READY = { type: "Ready", status: "True", reason: "KubeletReady" };
const NODE = "/api/v1/nodes/n1";

/** What a client may try: the kind of patch, the path, and what it says. */
type Try = readonly [kind: PatchKind, path: string, body: unknown];

const taints = (...taints: unknown[]): Try => ["merge", NODE, { spec: { taints } }];
const status = (status: unknown): Try => ["strategic-merge", `${NODE}/status`, { status }];

const TRIES: Readonly<Record<string, Try>> = {
  "cordon": ["merge", NODE, { spec: { unschedulable: true } }],
  "set its provider's name": ["merge", NODE, { spec: { providerID: "other://n1" } }],
  "label": ["merge", NODE, { metadata: { labels: { a: "b" } } }],
  "take away a label": ["merge", NODE, { metadata: { labels: { zone: null } } }],
  "change a label": ["merge", NODE, { metadata: { labels: { zone: "b" } } }],
  "annotate": ["merge", NODE, { metadata: { annotations: { a: "b" } } }],
  "hold by a finalizer": ["merge", NODE, { metadata: { finalizers: ["a.example.com/b"] } }],
  "add a taint": taints({ key: "new", effect: "NoExecute" }, COLD, GPU),
  "add a gate": taints({ ...COLD, effect: "NoExecute" }, COLD, GPU),
  "take away another's taint": taints(COLD),
  "take away all taints": taints(),
  "change another's taint": taints(COLD, { ...GPU, effect: "NoExecute" }),
  "change another's value": taints(COLD, { ...GPU, value: "b" }),
  "make a gate evict": taints({ ...COLD, effect: "NoExecute" }, GPU),
  "put another's in a gate's place": taints({ key: "new", effect: "NoSchedule" }, GPU),
  "label by its status": ["merge", `${NODE}/status`, { metadata: { labels: { a: "b" } } }],
  "annotate by its status": ["merge", `${NODE}/status`, { metadata: { annotations: { a: "b" } } }],
  "write another condition": status({ conditions: [{ ...READY, status: "False" }] }),
  "add another condition": status({ conditions: [{ type: "Other", status: "True" }] }),
  "take away conditions": ["merge", `${NODE}/status`, { status: { conditions: null } }],
  "take away its capacity": ["merge", `${NODE}/status`, { status: { capacity: null } }],
  "write its capacity": status({ capacity: { cpu: "1" } }),
  "write its addresses": status({ addresses: [{ type: "InternalIP", address: "10.0.0.1" }] }),
};

realTest("the policy holds the controller to its taints and its condition", skip, async (t) => {
  const args = ["--disable-admission-plugins=TaintNodesByCondition"];
  await using server = await startApiServer({ args });
  const { admin } = server;
  const cluster = new Cluster(server);
  const { code, stderr } = await cluster.install({ set: ON });
  assertEquals([code, stderr], [0, ""]);
  using controller = await clientOf(server, "wi-warm-images-controller", "warm-images");
  await createAccount(admin, "other");
  await grantReading(admin, "other", "other", ["/nodes", "/nodes/status"], ["patch"]);
  using other = await clientOf(server, "other", "default");
  await makeNode(admin);

  await t.step("it takes effect", async () => {
    const cordon: Try = ["merge", NODE, { spec: { unschedulable: true } }];
    await waitUntil("the policy refuses what the rights allow", async () => {
      const refusal = await refusalOf(controller, cordon);
      if (refusal === "") await call(admin, "PATCH", NODE, { spec: { unschedulable: null } });
      return refusal.includes("wi-warm-images-gate");
    });
  });

  for (const [what, tried] of Object.entries(TRIES)) {
    await t.step(`it may not ${what}`, async () => {
      const before = await call(admin, "GET", NODE);
      assertStringIncludes(await refusalOf(controller, tried), "wi-warm-images-gate");
      assertEquals(await call(admin, "GET", NODE), before);
    });
    await t.step(`others may ${what}`, async () => {
      assertEquals(await refusalOf(other, tried), "");
      await call(admin, "PATCH", NODE, { metadata: { finalizers: null } });
      await call(admin, "DELETE", NODE);
      await makeNode(admin);
    });
  }

  await t.step("it may not let pods onto a node that somebody has cordoned", async () => {
    await call(admin, "PATCH", NODE, { spec: { unschedulable: true } });
    const uncordon: Try = ["merge", NODE, { spec: { unschedulable: null } }];
    assertStringIncludes(await refusalOf(controller, uncordon), "wi-warm-images-gate");
    assertEquals(await refusalOf(other, uncordon), "");
  });

  const node = async () => {
    const { metadata: { uid }, spec } = await call(admin, "GET", NODE) as StoredNode;
    return { name: "n1", uid, taints: spec.taints ?? [] };
  };
  const gates = kubernetesNodeGates(controller, systemClock);
  const signal = never();

  await t.step("it opens the gate, and says so in its condition", async () => {
    const condition: WarmCondition = {
      type: "WarmImagesReady",
      status: "True",
      reason: "Warm",
      message: "m",
    };
    const opened = await gates.setCondition(await node(), condition, { signal });
    assertEquals(opened, { result: "changed" });
    const lifted = await gates.lift(await node(), [{ key: COLD.key }], { signal });
    assertEquals(lifted, { result: "changed" });
    assertEquals((await node()).taints, [GPU]);
  });

  await t.step("of a taint that is named with value and effect it lifts just that", async () => {
    const named = ["gate.taints=a.example.com/b=yes:NoSchedule"];
    await cluster.install({ set: [...ON, ...named] });
    const mine = { key: "a.example.com/b", value: "yes", effect: "NoSchedule" };
    // Until the change has taken effect.
    while (true) {
      await call(admin, "PATCH", NODE, { spec: { taints: [mine, GPU] } });
      if (await refusalOf(controller, taints(GPU)) === "") break;
    }
    for (const like of [{ ...mine, value: "no" }, { ...mine, effect: "NoExecute" }, COLD]) {
      await call(admin, "PATCH", NODE, { spec: { taints: [like, GPU] } });
      const gate = [{ key: like.key }];
      const refused = await gates.lift(await node(), gate, { signal });
      assertEquals(refused.result, "refused");
      assertStringIncludes(
        "why" in refused ? refused.why : "",
        "an admission policy or webhook forbids it",
      );
    }
  });
});

interface StoredNode {
  readonly metadata: { readonly uid: string };
  readonly spec: { readonly taints?: readonly { readonly key: string; readonly effect: string }[] };
}

async function clientOf(
  server: ApiServer,
  account: string,
  namespace: string,
): Promise<KubernetesClient> {
  const token = await tokenOf(server.admin, account, namespace);
  const kubeconfig = await server.kubeconfigFor(account, { token });
  return openKubernetes({ kubeconfig, logger: recordingLogger() });
}

async function makeNode(admin: KubernetesClient): Promise<void> {
  await call(admin, "POST", "/api/v1/nodes", {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: "n1", labels: { zone: "a" } },
    spec: { taints: [COLD, GPU] },
  });
  await call(admin, "PATCH", `${NODE}/status`, {
    status: { conditions: [READY], capacity: { cpu: "4" } },
  });
}

/** Why a patch is refused; empty: it was not. */
async function refusalOf(client: KubernetesClient, [patch, path, body]: Try): Promise<string> {
  try {
    await client.request(path, { method: "PATCH", patch, body, signal: never() });
    return "";
  } catch (error) {
    if (error instanceof ApiError && error.status === 403) return messageOf(error);
    throw error;
  }
}
