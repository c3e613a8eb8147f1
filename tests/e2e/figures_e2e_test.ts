import { assert } from "@std/assert";
import { figureTable } from "../bench/figure.ts";
import { realTest } from "../harness/servers/skipping.ts";
import { measureCluster } from "../bench/cluster/figures.ts";
import { whyNoTestCluster } from "../harness/cluster/why_no_test_cluster.ts";
import { printProgress } from "../harness/print.ts";

const reason = await whyNoTestCluster();

realTest(
  "warming costs the API server nothing but a Lease, and images are small",
  reason,
  async () => {
    // One round: its times say little beside other tests, `deno task bench cluster` is for these.
    const { facts } = await measureCluster(1);
    printProgress(figureTable(facts));
    for (const { what, target, measured, met } of facts) {
      assert(met, `${what}: ${measured} instead of ${target}`);
    }
  },
);
