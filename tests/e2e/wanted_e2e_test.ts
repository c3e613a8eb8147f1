import { realTest } from "../harness/servers/skipping.ts";
import { startTestCluster } from "../harness/cluster/test_cluster.ts";
import { whyNoTestCluster } from "../harness/cluster/why_no_test_cluster.ts";
import * as injected from "./wanted/injected.ts";
import * as kinds from "./wanted/kinds.ts";
import * as owners from "./wanted/owners.ts";
import * as pools from "./wanted/pools.ts";
import * as revisions from "./wanted/revisions.ts";
import * as schedule from "./wanted/schedule.ts";

realTest(
  "what pods really ask for is warm where they may run",
  await whyNoTestCluster(),
  async (t) => {
    await using test = await startTestCluster(pools.NODES);
    await test.install();
    // Servers of the test keep connections from one step to the next.
    const step = (name: string, fn: () => Promise<void>) =>
      t.step({ name, fn, sanitizeOps: false, sanitizeResources: false });

    const asked = await schedule.startSchedule(test); // its run is due when most of this is over
    const rollout = await kinds.startKind(test);
    await using mesh = await injected.startInjected(test);
    await step(
      "sidecars, init containers and rewritten images are warm, for every kind of workload",
      () => injected.warmAsPodsAsk(test, mesh),
    );
    await step(
      "a new template is warm as its pods will be changed, before there is one",
      () => injected.newTemplateWarm(test, mesh),
    );
    await step(
      "scaled to zero, a workload keeps what its last pods showed",
      () => injected.knownWithoutPods(test, mesh),
    );

    const image = await revisions.startRevisions(test);
    await step(
      "the revision before the current one stays for a rollback, older ones do not",
      () => revisions.lastButOneKept(test, image),
    );
    await step(
      "a rollout that is stuck keeps both its images",
      () => revisions.stuckKeepsBoth(test, image),
    );
    await step(
      "canaries, partitions and OnDelete are warm on every node before they are let go",
      () => revisions.heldBackIsWarm(test, image),
    );

    await step(
      "what asks for a device is warm in its pool and nowhere else",
      () => pools.devicePool(test),
    );
    await step("a node is warm before its startup taints go", () => pools.startingNode(test));
    await step(
      "pods of an owner that is not followed speak for their whole pool",
      () => owners.podsOfOthers(test),
    );
    await step(
      "a pod that names its node speaks for that node alone",
      () => owners.podOfOneNode(test),
    );
    await step(
      "a kind is followed that was installed while we run",
      () => kinds.kindThatCame(test, rollout),
    );
    await step("a list by hand warms its pool", () => kinds.listedByHand(test));

    await test.upgrade("forgetAfter=3s", "cronLead=1h");
    await step(
      "what the last pods showed is forgotten after a while",
      () => injected.forgottenAfterAWhile(test, mesh),
    );
    await step(
      "and what objects of a kind named that is gone",
      () => kinds.kindThatGoes(test, rollout),
    );
    await step(
      "a CronJob's image is warm ahead of its run",
      () => schedule.warmAheadOfItsRun(test, asked),
    );
    await step(
      "with a lead, what runs later than that is left alone",
      () => schedule.onlyWithinTheLead(test),
    );
  },
);
