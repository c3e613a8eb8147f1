import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { parse } from "yaml";
import { carryOut } from "./carry_out.ts";
import { controllersSay } from "./gate/controllers.ts";
import { realTest } from "../harness/servers/skipping.ts";
import { GUIDE } from "../harness/documents/guide_sections.ts";
import { type Section, sectionFile, sectionSteps } from "../harness/documents/sections.ts";
import { startTestCluster, type TestCluster } from "../harness/cluster/test_cluster.ts";
import { whyNoTestCluster } from "../harness/cluster/why_no_test_cluster.ts";
import { waitUntil } from "../harness/wait.ts";

const reason = await whyNoTestCluster();

/** A node that kubelet registers with the guide's taint gets rid of it. */
async function newNode(test: TestCluster): Promise<void> {
  await follow(test, GUIDE.newNodes);
  await test.untilReady();
  const kubelet = parse(await sectionFile(GUIDE.newNodes, "kubelet-taints.yaml"));
  const began = Date.now();
  const name = await test.cluster.addNode({ kubelet: kubelet as Record<string, unknown> });
  await controllersSay(test, began, "Opened the gate of a node", name);
  await test.cluster.untilReady();
  assertEquals(await test.sh(`kubectl get node ${name} -o jsonpath='{.spec.taints}'`), "");
}

/** Carries out all blocks of a section; resolves to what each printed. */
async function follow(test: TestCluster, section: Section): Promise<string[]> {
  return await carryOut(test, await sectionSteps(section));
}

realTest("README's guide leads from nothing to a warm cluster and back", reason, async () => {
  await using test = await startTestCluster([{}, { containerd: "2.3" }]);
  await follow(test, GUIDE.install);
  const [pulled = ""] = await follow(test, GUIDE.seeItWork);
  assertStringIncludes(pulled, "All warm: 2 of 2");
  const warm = pulled.split("\n").filter((line) => line.includes('"Image is warm"'));
  assertEquals(warm.length, 2, pulled);
  // The review needs a chart of the reader's own.
  const steps = (await sectionSteps(GUIDE.seeWarm)).slice(0, 2);
  let [status, why]: (string | undefined)[] = [];
  await waitUntil("the controller's own image is warm on both nodes", async () => {
    [status = "", why = ""] = await carryOut(test, steps);
    return status.includes("controller:0.3.0: warm on 2 of 2 nodes");
  }, { everyMs: 500 });
  assertStringIncludes(status ?? "", "2 nodes, ");
  assertStringIncludes(why ?? "", "It may run on 2 of 2 nodes");
  await newNode(test);
  await follow(test, GUIDE.choose);
  await test.untilReady();
  const values = await test.sh("helm get values --namespace warm-images wi");
  assertStringIncludes(values, "shop-*");
  const [upgrade, uninstall, ...more] = await sectionSteps(GUIDE.upgrade);
  assert(upgrade !== undefined && uninstall !== undefined && more.length === 0);
  await carryOut(test, [upgrade]);
  await test.untilReady();
  const [remove, ...others] = await sectionSteps(GUIDE.remove);
  assertEquals([remove?.text, others], [uninstall.text, []], "both pages uninstall alike");
  await carryOut(test, [uninstall]);
  const left = await test.sh(
    "kubectl get clusterroles,clusterrolebindings,validatingadmissionpolicies,namespaces -o name" +
      " | grep -i warm-images || true",
  );
  assertEquals(left.trim(), "", "nothing of it is left in the cluster");
});
