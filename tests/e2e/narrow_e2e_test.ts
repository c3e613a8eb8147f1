import { assertEquals, assertStringIncludes } from "@std/assert";
import { carryOut } from "./carry_out.ts";
import { realTest } from "../harness/servers/skipping.ts";
import { GUIDE } from "../harness/documents/guide_sections.ts";
import { sectionSteps } from "../harness/documents/sections.ts";
import { NAMESPACE, RELEASE, startTestCluster } from "../harness/cluster/test_cluster.ts";
import { whyNoTestCluster } from "../harness/cluster/why_no_test_cluster.ts";
import { deploymentOf, namespaceOf, sleeping } from "../harness/cluster/workloads.ts";

const reason = await whyNoTestCluster();

realTest("helm test says whether all is well, also where rights are narrow", reason, async () => {
  await using test = await startTestCluster([{}]);
  await test.apply(namespaceOf("other"));
  await test.install("forgetAfter=0s");
  const [check, values, narrow, ...more] = await sectionSteps(GUIDE.narrow);
  assertEquals(more, []);
  await carryOut(test, [check]);
  const told = () => test.sh(`helm test --namespace ${NAMESPACE} ${RELEASE} 2>&1`); // the log too
  assertStringIncludes(await told(), "ok: nodes whose agent reports: 1, silent: 0, without: 0");

  await carryOut(test, [values, narrow]);
  await test.untilReady();
  const listed = await test.push("narrow/listed");
  const other = await test.push("narrow/other");
  await test.apply(deploymentOf("other", sleeping(other), { namespace: "other" }));
  await test.apply(deploymentOf("listed", sleeping(listed)));
  await test.untilWarm(listed);
  assertEquals(await test.requestsFor("narrow/other"), 0);
  const account = `system:serviceaccount:${NAMESPACE}:${RELEASE}-warm-images-controller`;
  const may = (what: string) =>
    test.sh(`kubectl auth can-i list ${what} --as=${account} || true`).then((text) => text.trim());
  assertEquals(
    await Promise.all(
      ["deployments -n default", "deployments -n other", "deployments -A", "namespaces"].map(may),
    ),
    ["yes", "no", "no", "no"],
  );
  assertStringIncludes(await told(), "ok: ready (");
});
