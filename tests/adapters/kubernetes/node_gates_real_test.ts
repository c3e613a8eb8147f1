import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { systemClock } from "../../../mod/adapters/clock.ts";
import { type KubernetesClient, openKubernetes } from "../../../mod/adapters/kubernetes/client.ts";
import { kubernetesNodeGates } from "../../../mod/adapters/kubernetes/node_gates.ts";
import { DateHeaderClock } from "../../../mod/adapters/kubernetes/server_clock.ts";
import type { NodeChange, TaintedNode } from "../../../mod/ports/node_gates.ts";
import type { GateTaint } from "../../../mod/pure/node_gate/gate_rules.ts";
import { recordingLogger } from "../../harness/fakes/quiet.ts";
import { call, createAccount } from "../../harness/servers/api_objects.ts";
import { grantReading } from "../../harness/servers/api_rights.ts";
import { startApiServer } from "../../harness/servers/api_server.ts";
import { apiServerMissing } from "../../harness/servers/api_server_or_reason.ts";
import { realTest } from "../../harness/servers/skipping.ts";
import { never } from "../../harness/signals.ts";
import { waitUntil } from "../../harness/wait.ts";
import { Nodes, WatchedCalls } from "./nodes.ts";

const KEY = "warm-images/cold";
const COLD = { key: KEY, effect: "NoSchedule" };
const GPU = { key: "gpu", value: "a", effect: "NoSchedule" };
const AWAY = { key: "away", effect: "NoExecute", timeAdded: "2026-11-27T06:00:00Z" };
const OTHERS = 50;

realTest(
  "the taints of a gate are taken away, and nothing else",
  await apiServerMissing(),
  async (t) => {
    // The API server would taint nodes that are made itself.
    const args = ["--disable-admission-plugins=TaintNodesByCondition"];
    await using server = await startApiServer({ args });
    const { admin } = server;
    const nodes = new Nodes(admin);
    const token = await createAccount(admin, "controller");
    const kubeconfig = await server.kubeconfigFor("controller", { token });
    const serverClock = new DateHeaderClock(systemClock);
    using client = openKubernetes({ kubeconfig, logger: recordingLogger(), serverClock });
    const calls = new WatchedCalls(client);
    const gates = kubernetesNodeGates(calls, serverClock);
    const lift = async (node: TaintedNode, taints: readonly GateTaint[] = [{ key: KEY }]) => {
      calls.take();
      return await gates.lift(node, taints, { signal: never() });
    };
    await grantReading(admin, "controller", "reader", ["/nodes"]);

    await t.step("without the right it says which to grant, and what the server says", async () => {
      const node = await nodes.create("refused", [COLD]);
      const refused = await lift(node);
      assert(refused.result === "refused");
      assertStringIncludes(
        refused.why,
        'Cannot change node "refused": grant the verb patch on nodes',
      );
      assertStringIncludes(refused.why, 'cannot patch resource "nodes" in API group');
      assertEquals(refused.lacksRight, true);
      assertEquals(calls.take(), ["PATCH /api/v1/nodes/refused"]);
      assertEquals(await nodes.taintsOf("refused"), [COLD]);
      await grantReading(admin, "controller", "patcher", ["/nodes"], ["patch"]);
      assertEquals(await lift(node), { result: "changed" });
    });

    await t.step("all gates of a node go by one write and no read", async () => {
      const spec = { unschedulable: true, podCIDR: "10.1.0.0/24", podCIDRs: ["10.1.0.0/24"] };
      const evicting = { key: KEY, value: "x", effect: "NoExecute", timeAdded: AWAY.timeAdded };
      const node = await nodes.create("several", [COLD, GPU, evicting, AWAY], spec);
      const before = await nodes.read("several");
      assertEquals(await lift(node), { result: "changed" });
      assertEquals(calls.take(), ["PATCH /api/v1/nodes/several"]);
      const after = await nodes.read("several");
      const { taints, ...rest } = after.spec;
      assertEquals(taints, [GPU, AWAY]);
      const { taints: _, ...restBefore } = before.spec;
      assertEquals(rest, restBefore);
      assertEquals(after.metadata["labels"], before.metadata["labels"]);
      assertEquals(after.status, before.status);
    });

    await t.step("the last taint of a node goes as well", async () => {
      const node = await nodes.create("last", [COLD]);
      assertEquals(await lift(node), { result: "changed" });
      assertEquals((await nodes.read("last")).spec.taints, undefined);
    });

    await t.step("a value and an effect of another spelling are another's taint", async () => {
      const node = await nodes.create("spelt", [{ key: KEY, value: "Yes", effect: "NoExecute" }]);
      const others = [
        { key: KEY, value: "yes" },
        { key: KEY, effect: "NoSchedule" },
        { key: "warm-images/Cold" },
        { key: "warm-images/cold2" },
      ];
      assertEquals(await lift(node, others), { result: "unchanged" });
      assertEquals(calls.take(), []);
      const exact = [{ key: KEY, value: "Yes", effect: "NoExecute" }];
      assertEquals(await lift(node, exact), { result: "changed" });
      assertEquals(await nodes.taintsOf("spelt"), []);
    });

    await t.step(
      "where others' taints were moved it looks once, and takes away its own",
      async () => {
        const node = await nodes.create("moved", [GPU, COLD]);
        await nodes.change("moved", { spec: { taints: [AWAY, GPU, COLD] } });
        assertEquals(await lift(node), { result: "changed" });
        const path = "/api/v1/nodes/moved";
        assertEquals(calls.take(), [`PATCH ${path}`, `GET ${path}`, `PATCH ${path}`]);
        assertEquals(await nodes.taintsOf("moved"), [AWAY, GPU]);
      },
    );

    await t.step("a taint that has another effect or value by now still goes", async () => {
      const node = await nodes.create("turned", [COLD]);
      await nodes.change("turned", { spec: { taints: [{ ...COLD, effect: "PreferNoSchedule" }] } });
      assertEquals(await lift(node), { result: "changed" });
      const valued = await nodes.create("valued", [{ ...COLD, value: "a" }]);
      await nodes.change("valued", { spec: { taints: [{ ...COLD, value: "b" }] } });
      assertEquals(await lift(valued), { result: "changed" });
      assertEquals(await nodes.taintsOf("valued"), []);
    });

    await t.step(
      "a taint of the same key with another effect, in its place by now, stays",
      async () => {
        const named = [{ key: KEY, effect: "NoSchedule" }];
        const node = await nodes.create("beside", [COLD]);
        const softly = { ...COLD, effect: "PreferNoSchedule" };
        await nodes.change("beside", { spec: { taints: [softly, COLD] } });
        assertEquals(await lift(node, named), { result: "changed" });
        assertEquals(await nodes.taintsOf("beside"), [softly]);
      },
    );

    await t.step("where the value was changed to one that is no gate it stays", async () => {
      const node = await nodes.create("revalued", [{ ...COLD, value: "a" }]);
      const kept = [{ ...COLD, value: "b" }];
      await nodes.change("revalued", { spec: { taints: kept } });
      const named = [{ key: KEY, value: "a" }];
      assertEquals(await lift(node, named), { result: "unchanged" });
      assertEquals(await nodes.taintsOf("revalued"), kept);
    });

    await t.step("a taint that somebody else took away is no fault", async () => {
      const node = await nodes.create("done", [COLD, GPU]);
      await nodes.change("done", { spec: { taints: [GPU] } });
      assertEquals(await lift(node), { result: "unchanged" });
      await nodes.change("done", { spec: { taints: null } });
      assertEquals(await lift(node), { result: "unchanged" });
    });

    await t.step("a node that is gone, or was made anew, is left alone", async () => {
      const node = await nodes.create("anew", [COLD]);
      await nodes.delete("anew");
      assertEquals(await lift(node), { result: "gone" });
      await nodes.create("anew", [COLD]);
      assertEquals(await lift(node), { result: "gone" });
      assertEquals(await nodes.taintsOf("anew"), [COLD]);
    });

    await t.step("taints are as old as their last writing, whatever else is written", async () => {
      const made = await nodes.create("aged", [COLD, GPU]);
      assert((made.taintsMs ?? 0) >= (made.createdMs ?? Infinity));
      const taint = async (manager: string) => {
        await laterThan((await nodes.see("aged")).taintsMs ?? 0);
        await nodes.change("aged", { spec: { taints: [COLD, GPU] } }, manager);
        return (await nodes.see("aged")).taintsMs ?? 0;
      };
      assertEquals(await lift(made), { result: "changed" });
      assertEquals(await writersOf("aged"), ["warm-images-controller"]);
      const first = await taint("kubectl-taint");
      assert(first > (made.taintsMs ?? 0));
      assertEquals(await lift(await nodes.see("aged")), { result: "changed" });
      const second = await taint("kubectl-taint");
      assert(second > first, "by the same hand");
      const before = await nodes.see("aged");
      await laterThan(second);
      await nodes.beat("aged", [{
        type: "Ready",
        status: "True",
        lastHeartbeatTime: AWAY.timeAdded,
      }]);
      await nodes.change("aged", { metadata: { annotations: { a: "b" } } }, "someone");
      await nodes.change("aged", { spec: { podCIDR: "10.9.0.0/24" } }, "kube-controller-manager");
      assertEquals(await nodes.see("aged"), before);
    });

    await t.step("a patch that the server never takes is refused with its words", async () => {
      await nodes.create("denied", [COLD]);
      await denyPatches(admin, "denied");
      let refused: NodeChange = { result: "unchanged" };
      // It takes effect some time after it was made.
      while (refused.result !== "refused") {
        await nodes.change("denied", { spec: { taints: [COLD] } });
        refused = await lift(await nodes.see("denied"));
      }
      assertStringIncludes(refused.why, "no patches on Sundays");
      assert(!refused.why.includes("grant"), refused.why);
      assertEquals(refused.lacksRight, undefined, "it may be of this node alone");
      assertEquals(calls.take().filter((each) => each.startsWith("PATCH")).length, 3);
    });

    await t.step(`what others write meanwhile stays, ${OTHERS} times`, async () => {
      for (let round = 0; round < OTHERS; round++) {
        const name = `race-${round}`;
        const node = await nodes.create(name, round % 2 ? [COLD, GPU] : [GPU, COLD, AWAY]);
        const others = [
          taintAsControllersDo(name, { key: `other-${round}`, effect: "NoExecute" }),
          nodes.change(name, { metadata: { labels: { [`label-${round}`]: "x" } } }),
          nodes.change(name, { spec: { unschedulable: true } }),
          nodes.beat(name, [{ type: "Ready", status: "True" }]),
        ];
        const lifted = liftAsFlowDoes(node);
        await Promise.all([...others, lifted]);
        const { metadata, spec, status } = await nodes.read(name);
        const keys = spec.taints?.map(({ key }) => key) ?? [];
        assert(!keys.includes(KEY), `${name}: ${keys}`);
        for (const key of [`other-${round}`, "gpu", ...(round % 2 ? [] : ["away"])]) {
          assert(keys.includes(key), `${name} lost ${key}: ${keys}`);
        }
        assertEquals(spec["unschedulable"], true);
        assertEquals((metadata["labels"] as Record<string, string>)[`label-${round}`], "x");
        assertEquals(status.conditions?.map(({ type }) => type), ["Ready"]);
      }
    });

    /** Who has written the taints of a node. */
    async function writersOf(name: string): Promise<string[]> {
      const { metadata } = await nodes.read(name);
      return (metadata["managedFields"] as readonly FieldsEntry[])
        .filter(({ fieldsV1 }) => fieldsV1["f:spec"]?.["f:taints"] !== undefined)
        .map(({ manager }) => manager);
    }

    /** Until the server's time is in another second than that. */
    async function laterThan(ms: number): Promise<void> {
      await waitUntil("the second is over", () => serverClock.wallMs() > ms + 2_000);
    }

    async function liftAsFlowDoes(node: TaintedNode): Promise<void> {
      while (true) {
        try {
          const { result } = await lift(node);
          assert(result === "changed" || result === "unchanged", result);
          return;
        } catch {
          // a conflict too many: the flow tries again
        }
      }
    }

    /** Reads the node, and writes all of its taints unless somebody else has written meanwhile. */
    async function taintAsControllersDo(name: string, taint: Readonly<Record<string, string>>) {
      while (true) {
        const { metadata, spec } = await nodes.read(name);
        const { resourceVersion } = metadata;
        const taints = [taint, ...spec.taints ?? []];
        try {
          return await nodes.change(name, { metadata: { resourceVersion }, spec: { taints } });
        } catch {
          // somebody was quicker
        }
      }
    }
  },
);

interface FieldsEntry {
  readonly manager: string;
  readonly fieldsV1: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** Has the API server refuse the controller's patches of a node, as a fault of what they say. */
async function denyPatches(admin: KubernetesClient, node: string): Promise<void> {
  const apiVersion = "admissionregistration.k8s.io/v1";
  const root = `/apis/${apiVersion}/validatingadmissionpolic`;
  const metadata = { name: "deny-patches" };
  const nodes = {
    apiGroups: [""],
    apiVersions: ["v1"],
    operations: ["UPDATE"],
    resources: ["nodes"],
  };
  const isOurs = `object.metadata.name == '${node}' && ` +
    "request.userInfo.username.endsWith(':controller')";
  await call(admin, "POST", `${root}ies`, {
    ...{ apiVersion, kind: "ValidatingAdmissionPolicy", metadata },
    spec: {
      matchConstraints: { resourceRules: [nodes] },
      matchConditions: [{ name: "ours", expression: isOurs }],
      validations: [{ expression: "false", message: "no patches on Sundays" }],
    },
  });
  await call(admin, "POST", `${root}ybindings`, {
    ...{ apiVersion, kind: "ValidatingAdmissionPolicyBinding", metadata },
    spec: { policyName: metadata.name, validationActions: ["Deny"] },
  });
}
