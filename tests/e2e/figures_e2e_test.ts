import { assert } from "@std/assert";
import { figureTable } from "../bench/figure.ts";
import { realTest } from "../harness/servers/skipping.ts";
import { clusterFacts } from "../bench/cluster/figures.ts";
import { whyNoTestCluster } from "../harness/cluster/why_no_test_cluster.ts";
import { printProgress } from "../harness/print.ts";

const reason = await whyNoTestCluster();

realTest(
  "warming costs the API server nothing but a Lease, and images are small",
  reason,
  async () => {
    const facts = await clusterFacts();
    printProgress(figureTable(facts));
    for (const { what, target, measured, met } of facts) {
      assert(met, `${what}: ${measured} instead of ${target}`);
    }
  },
);
