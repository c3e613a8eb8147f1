import { assertEquals, assertStringIncludes } from "@std/assert";
import { must } from "../harness/cluster/cluster.ts";
import { makeCertificates } from "../harness/servers/certificates.ts";
import { carryOut } from "./carry_out.ts";
import { realTest } from "../harness/servers/skipping.ts";
import { GUIDE } from "../harness/documents/guide_sections.ts";
import { sectionSteps } from "../harness/documents/sections.ts";
import { natsPod } from "./nats_pod.ts";
import {
  NAMESPACE,
  RELEASE,
  startTestCluster,
  type TestCluster,
} from "../harness/cluster/test_cluster.ts";
import { whyNoTestCluster } from "../harness/cluster/why_no_test_cluster.ts";
import { warmsNew } from "./warms_new.ts";

const reason = await whyNoTestCluster();

realTest("commands bring a NATS of one's own, in each of three ways", reason, async () => {
  await using test = await startTestCluster([{}]);
  await carryOut(test, (await sectionSteps(GUIDE.chartInstall)).slice(0, 1)); // the namespace
  const [login, ...ways] = await sectionSteps(GUIDE.ownNats);
  const [values, nats, bitnami, tls, ...more] = ways;
  assertEquals(more, [], "all of the page's ways are known here");
  await carryOut(test, [login, values, nats]);
  await warmsInSecret(test, "warm-images-nats");
  await test.sh(`helm uninstall --namespace ${NAMESPACE} --wait ${RELEASE} nats`);

  await carryOut(test, [bitnami]);
  await warmsInSecret(test, "bitnami-nats");
  await test.sh(`helm uninstall --namespace ${NAMESPACE} --wait ${RELEASE} nats`);

  await privateNats(test);
  await carryOut(test, [tls]);
  await warmsInSecret(test, "warm-images-nats");
});

/** The whole path works, and the password of this Secret is nowhere but in Secrets. */
async function warmsInSecret(test: TestCluster, secret: string): Promise<void> {
  await test.untilReady();
  await warmsNew(test, `own-nats/${crypto.randomUUID()}`);
  const password = await passwordIn(test, secret);
  for (
    const command of [
      "kubectl get configmaps --all-namespaces -o yaml",
      "kubectl get deployments,daemonsets,statefulsets,pods --all-namespaces -o yaml",
      `helm get values --namespace ${NAMESPACE} ${RELEASE}`,
      `helm get manifest --namespace ${NAMESPACE} ${RELEASE}`,
    ]
  ) {
    const printed = await test.sh(command);
    assertEquals(printed.includes(password), false, `"${command}" prints the password`);
  }
  const script = "cat /proc/[0-9]*/cmdline 2>/dev/null || true"; // some end meanwhile
  const lines = await must(test.cluster.onNode("node-0", "sh", "-c", script));
  assertStringIncludes(lines, "warm-images-agent");
  assertEquals(lines.includes(password), false, "a process has the password as an argument");
}

async function passwordIn(test: TestCluster, secret: string): Promise<string> {
  const path = "jsonpath={.data.password}";
  const encoded = await test.sh(
    `kubectl --namespace ${NAMESPACE} get secret ${secret} -o ${path}`,
  );
  const password = atob(encoded);
  assertEquals(password.trim(), password, "no line break came with it");
  assertEquals(password.length >= 10, true, "it is there");
  return password;
}

/** Speaks TLS alone; its authority is the file ca.crt, its user that of the page's Secret. */
async function privateNats(test: TestCluster): Promise<void> {
  const name = "private-nats";
  const folder = await Deno.makeTempDir({ prefix: "warm-images-e2e-" });
  try {
    const made = await makeCertificates(folder, [`DNS:${name}.default.svc`]);
    await test.write("ca.crt", await Deno.readTextFile(made.caFile));
    const password = await passwordIn(test, "warm-images-nats");
    const objects = natsPod(name, {
      "nats.conf": `jetstream { store_dir: /tmp/data }
authorization { users: [ { user: "warm-images", password: "${password}" } ] }
tls { cert_file: /etc/nats/server.crt, key_file: /etc/nats/server.key }
`,
      "server.crt": await Deno.readTextFile(made.certFile),
      "server.key": await Deno.readTextFile(made.keyFile),
    });
    await test.apply(...objects);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  await test.sh(`kubectl wait --for=condition=Ready pod/${name} --timeout=60s`);
  const log = await test.sh(`kubectl logs ${name}`);
  assertStringIncludes(log, "TLS required for client connections");
}
