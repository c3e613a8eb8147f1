import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { carryOut } from "./carry_out.ts";
import { realTest } from "../harness/servers/skipping.ts";
import { REPOSITORY } from "../harness/programs.ts";
import { readGuide, stepsUnder } from "../harness/documents/guide.ts";
import { startTestCluster, type TestCluster } from "../harness/cluster/test_cluster.ts";
import { whyNoTestCluster } from "../harness/cluster/why_no_test_cluster.ts";

const reason = await whyNoTestCluster();
const GUIDE = readGuide(await Deno.readTextFile(`${REPOSITORY}README.md`));

/** Carries out all blocks below a heading; resolves to what each printed. */
async function follow(test: TestCluster, heading: string): Promise<string[]> {
  return await carryOut(test, stepsUnder(GUIDE, heading));
}

realTest("README's guide leads from nothing to a warm cluster and back", reason, async () => {
  await using test = await startTestCluster([{}, { containerd: "2" }]);
  await follow(test, "Install");
  const [pulled = "", figures = ""] = await follow(test, "See that it works");
  const warm = pulled.split("\n").filter((line) => line.includes('"Image is warm"'));
  assertEquals(warm.length, 2, pulled);
  for (const line of ["warm_images_nodes 2", "warm_images_reports 2"]) {
    assertStringIncludes(figures, line);
  }
  await follow(test, "Choose namespaces and images");
  await test.untilReady();
  const values = await test.sh("helm get values --namespace warm-images wi");
  assertStringIncludes(values, "shop-*");
  const [upgrade, uninstall, ...more] = stepsUnder(GUIDE, "Upgrade, roll back, uninstall");
  assert(upgrade !== undefined && uninstall !== undefined && more.length === 0);
  await carryOut(test, [upgrade]);
  await test.untilReady();
  await carryOut(test, [uninstall]);
  const left = await test.sh(
    "kubectl get clusterroles,clusterrolebindings,namespaces -o name | grep -i warm-images || true",
  );
  assertEquals(left.trim(), "", "nothing of it is left in the cluster");
});
