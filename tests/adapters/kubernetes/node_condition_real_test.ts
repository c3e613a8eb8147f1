import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { systemClock } from "../../../mod/adapters/clock.ts";
import { openKubernetes } from "../../../mod/adapters/kubernetes/client.ts";
import { kubernetesNodeGates } from "../../../mod/adapters/kubernetes/node_gates.ts";
import { DateHeaderClock } from "../../../mod/adapters/kubernetes/server_clock.ts";
import type { Clock } from "../../../mod/ports/clock.ts";
import type { NodeId } from "../../../mod/ports/node_gates.ts";
import type { WarmCondition } from "../../../mod/pure/node_gate/warm_condition.ts";
import { recordingLogger } from "../../harness/fakes/quiet.ts";
import { call, createAccount } from "../../harness/servers/api_objects.ts";
import { grantReading } from "../../harness/servers/api_rights.ts";
import { startApiServer } from "../../harness/servers/api_server.ts";
import { apiServerMissing } from "../../harness/servers/api_server_or_reason.ts";
import { realTest } from "../../harness/servers/skipping.ts";
import { never } from "../../harness/signals.ts";
import { Nodes, WatchedCalls } from "./nodes.ts";

const WARM: WarmCondition = {
  type: "WarmImagesReady",
  status: "True",
  reason: "Warm",
  message: "All 3 images are usable",
};
const HOUR = 3_600_000;
/** The controller's, set an hour ahead. */
const AHEAD: Clock = {
  wallMs: () => systemClock.wallMs() + HOUR,
  monotonicMs: () => systemClock.monotonicMs(),
};
const BEAT = "2026-11-27T06:00:00Z";
const ROUNDS = 20;

realTest("the condition is written beside those of others", await apiServerMissing(), async (t) => {
  await using server = await startApiServer();
  const { admin } = server;
  const nodes = new Nodes(admin);
  const token = await createAccount(admin, "controller");
  const kubeconfig = await server.kubeconfigFor("controller", { token });
  const serverClock = new DateHeaderClock(AHEAD);
  using client = openKubernetes({ kubeconfig, logger: recordingLogger(), serverClock });
  const calls = new WatchedCalls(client);
  const gates = kubernetesNodeGates(calls, serverClock);
  const set = (node: NodeId, condition = WARM) => {
    calls.take();
    return gates.setCondition(node, condition, { signal: never() });
  };
  await grantReading(admin, "controller", "reader", ["/nodes"]);
  await grantReading(admin, "controller", "patcher", ["/nodes"], ["patch"]);

  await t.step("without the right it says which to grant: that of nodes is none", async () => {
    const refused = await set(await nodes.create("refused"));
    assert(refused.result === "refused");
    assertStringIncludes(refused.why, "grant the verb patch on nodes/status");
    await grantReading(admin, "controller", "status", ["/nodes/status"], ["patch"]);
  });

  await t.step("it comes by one write, with its times, and all else stays", async () => {
    const others = [condition("Ready"), condition("MemoryPressure", "False")];
    const node = await nodes.create("beside", [{ key: "gpu", effect: "NoSchedule" }]);
    await nodes.beat("beside", others);
    const before = await nodes.read("beside");
    await call(client, "GET", "/api/v1/nodes"); // which a controller has done, and knows the time by
    assertEquals(await set(node), { result: "changed" });
    assertEquals(calls.take(), ["PATCH /api/v1/nodes/beside/status"]);
    const after = await nodes.read("beside");
    assertEquals(after.spec, before.spec);
    const found = after.status.conditions?.find(({ type }) => type === WARM.type);
    const { lastTransitionTime: at, lastHeartbeatTime, ...rest } = found ?? {};
    assertEquals(rest, { ...WARM });
    assertEquals(lastHeartbeatTime, at);
    // By the server's clock, which is not this one's.
    const madeMs = node.createdMs ?? 0;
    assert(Math.abs(Date.parse(at ?? "") - madeMs) < HOUR / 2, at);
    assertEquals(after.status.conditions?.filter(({ type }) => type !== WARM.type), others);
    assertEquals((await nodes.see("beside")).warmCondition, "True");
  });

  await t.step("kubelet's next heartbeat leaves it as it is", async () => {
    const before = await nodes.see("beside");
    await nodes.beat("beside", [{
      ...condition("Ready"),
      lastHeartbeatTime: "2026-11-27T06:05:00Z",
    }]);
    assertEquals(await nodes.see("beside"), before);
    assertEquals(before.warmCondition, "True");
  });

  await t.step("one that somebody had set to False becomes True", async () => {
    const node = await nodes.create("false");
    await nodes.beat("false", [{ ...condition(WARM.type, "False"), reason: "Bootstrap" }]);
    assertEquals((await nodes.see("false")).warmCondition, "False");
    assertEquals(await set(node), { result: "changed" });
    const { status } = await nodes.read("false");
    assertEquals(status.conditions?.map(({ type, reason }) => [type, reason]), [
      ["WarmImagesReady", "Warm"],
    ]);
  });

  await t.step("a node that is gone, or was made anew, is left alone", async () => {
    const node = await nodes.create("anew");
    await nodes.delete("anew");
    assertEquals(await set(node), { result: "gone" });
    await nodes.create("anew");
    assertEquals(await set(node), { result: "gone" });
    assertEquals((await nodes.see("anew")).warmCondition, undefined);
  });

  await t.step("what kubelet and others write meanwhile stays", async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const name = `race-${round}`;
      const node = await nodes.create(name);
      const results = await Promise.all([
        set(node),
        nodes.beat(name, [condition("Ready"), condition("DiskPressure", "False")]),
        nodes.beat(name, [condition("KernelDeadlock", "False")]),
        nodes.change(name, { spec: { unschedulable: true } }),
      ]);
      assertEquals(results[0], { result: "changed" });
      const { status, spec } = await nodes.read(name);
      assertEquals(status.conditions?.map(({ type }) => type).sort(), [
        ...["DiskPressure", "KernelDeadlock", "Ready", "WarmImagesReady"],
      ]);
      assertEquals(spec["unschedulable"], true);
    }
  });
});

function condition(type: string, status = "True"): Readonly<Record<string, string>> {
  return {
    type,
    status,
    reason: `Kubelet${type}`,
    lastHeartbeatTime: BEAT,
    lastTransitionTime: BEAT,
  };
}
