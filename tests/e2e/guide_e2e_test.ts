import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { realTest } from "../harness/servers/skipping.ts";
import { REPOSITORY } from "../harness/programs.ts";
import { type GuideStep, readGuide, stepsUnder } from "../harness/documents/guide.ts";
import { replaced } from "./replacements.ts";
import { startTestCluster, type TestCluster } from "../harness/cluster/test_cluster.ts";
import { whyNoTestCluster } from "../harness/cluster/why_no_test_cluster.ts";

const reason = await whyNoTestCluster();
const GUIDE = readGuide(await Deno.readTextFile(`${REPOSITORY}README.md`));

/** Carries out all blocks below a heading; resolves to what each printed. */
async function follow(stage: TestCluster, heading: string): Promise<string[]> {
  return await carryOut(stage, stepsUnder(GUIDE, heading));
}

async function carryOut(stage: TestCluster, steps: readonly GuideStep[]): Promise<string[]> {
  const printed: string[] = [];
  for (const { type, name, text } of steps) {
    if (type === "file") await stage.write(name, text);
    else printed.push(await stage.sh(replaced(text)));
  }
  return printed;
}

realTest("README's guide leads from nothing to a warm cluster and back", reason, async () => {
  await using stage = await startTestCluster([{}, { containerd: "2" }]);
  await follow(stage, "Install");
  const [pulled = "", figures = ""] = await follow(stage, "See that it works");
  const warm = pulled.split("\n").filter((line) => line.includes('"Image is warm"'));
  assertEquals(warm.length, 2, pulled);
  for (const line of ["warm_images_nodes 2", "warm_images_reports 2"]) {
    assertStringIncludes(figures, line);
  }
  await follow(stage, "Choose namespaces and images");
  await stage.untilReady();
  const values = await stage.sh("helm get values --namespace warm-images wi");
  assertStringIncludes(values, "shop-*");
  const [upgrade, uninstall, ...more] = stepsUnder(GUIDE, "Upgrade, roll back, uninstall");
  assert(upgrade !== undefined && uninstall !== undefined && more.length === 0);
  await carryOut(stage, [upgrade]);
  await stage.untilReady();
  await carryOut(stage, [uninstall]);
  const left = await stage.sh(
    "kubectl get clusterroles,clusterrolebindings,namespaces -o name | grep -i warm-images || true",
  );
  assertEquals(left.trim(), "", "nothing of it is left in the cluster");
});
