import { assertEquals } from "@std/assert";
import { realTest } from "../harness/servers/skipping.ts";
import { startTestCluster, type TestCluster } from "../harness/cluster/test_cluster.ts";
import { whyNoTestCluster } from "../harness/cluster/why_no_test_cluster.ts";
import { deploymentOf, namespaceOf, sleeping } from "../harness/cluster/workloads.ts";

const reason = await whyNoTestCluster();
const SPACES = ["shop", "payments", "search", "test-1", "other"];

realTest(
  "a cluster is warmed for all namespaces, for three by name, or by globs",
  reason,
  async () => {
    await using test = await startTestCluster([{}]);
    await test.apply(...SPACES.map((name) => namespaceOf(name)));
    await test.install("forgetAfter=0s");
    await warmsExactly(test, "all", SPACES);

    await test.upgrade("list.spaces=shop payments search");
    await warmsExactly(test, "named", ["shop", "payments", "search"]);

    // As operators of the first attempt at this idea wrote them, with literal dots.
    await test.write(
      "dotted.yaml",
      '"list.spaces": "*"\n"ignore.spaces": "test-* other"\n"ignore.images": "dotted-shop"\n',
    );
    await test.sh(
      "helm upgrade --namespace warm-images --reset-values --set forgetAfter=0s wi ./chart --values dotted.yaml",
    );
    await test.untilReady();
    await warmsExactly(test, "dotted", ["payments", "search"]);
  },
);

/** In each namespace a Deployment names an image of its own: these are pulled, and no others. */
async function warmsExactly(
  test: TestCluster,
  round: string,
  expected: readonly string[],
): Promise<void> {
  const repositoryOf = (space: string) => `settings/${round}-${space}`;
  for (const space of SPACES.toSorted((a, b) => order(a) - order(b))) {
    const image = await test.push(repositoryOf(space), 50_000);
    await test.apply(deploymentOf(round, sleeping(image), { namespace: space }));
  }
  const registry = await test.cluster.registry();
  for (const space of expected) await test.untilWarm(`${registry}/${repositoryOf(space)}:1`);
  const pulled: string[] = [];
  for (const space of SPACES) {
    if (await test.requestsFor(repositoryOf(space)) > 0) pulled.push(space);
  }
  assertEquals(pulled, expected);

  /** What is not expected comes first: it would have been pulled before the rest is warm. */
  function order(space: string): number {
    return expected.includes(space) ? 1 : 0;
  }
}
