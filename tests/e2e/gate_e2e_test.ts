import { startFaultRegistry } from "../harness/servers/fault_registry.ts";
import { realTest } from "../harness/servers/skipping.ts";
import { startTestCluster } from "../harness/cluster/test_cluster.ts";
import { whyNoTestCluster } from "../harness/cluster/why_no_test_cluster.ts";
import { conditionStays } from "./gate/condition.ts";
import { GatedCluster } from "./gate/gated.ts";
import { joinsCold, joinsUngated } from "./gate/joins_cold.ts";
import { replaced, taintedByHand } from "./gate/known_nodes.ts";
import { LIMIT_SECONDS, natsIsAway, nothingComes } from "./gate/limits.ts";
import { withoutRight } from "./gate/rights.ts";

realTest(
  "a new node takes pods once its images are there, or at the limit whatever fails",
  await whyNoTestCluster(),
  async (t) => {
    await using test = await startTestCluster([{}]);
    // What a step has deleted is nothing to wait for in the next.
    await test.install("gate.enabled=true", "forgetAfter=0s");
    const upstream = await test.cluster.registry();
    const hostname = upstream.slice(0, upstream.lastIndexOf(":"));
    await using front = startFaultRegistry({ upstream, hostname });
    await using gated = await GatedCluster.open(test);
    // Watches and servers of the test go on from one step to the next.
    const step = (name: string, fn: () => Promise<void>) =>
      t.step({ name, fn, sanitizeOps: false, sanitizeResources: false });

    await step(
      "pods wait until all that is due is usable, and start without a pull",
      () => joinsCold(gated),
    );
    await step("a node without our taint is left alone", () => joinsUngated(gated));
    await step(
      "a taint set by hand on an old node does nothing to its pods, and goes",
      () => taintedByHand(gated, front),
    );
    await step(
      "of a new machine with an old name nothing is believed, also by the next leader",
      () => replaced(gated, front),
    );
    await step(
      "without the right to patch nodes it says so and goes on",
      () => withoutRight(gated),
    );

    await test.upgrade(`gate.limit=${LIMIT_SECONDS}s`, "gate.condition=true");
    await step("the condition stays when kubelet writes", () => conditionStays(gated));
    await step(
      "without a registry, or an agent, the gate opens at the limit",
      () => nothingComes(gated, front),
    );
    await step("without NATS as well", () => natsIsAway(gated));
  },
);
