import { assertEquals, assertStringIncludes } from "@std/assert";
import { startApiServer } from "../harness/servers/api_server.ts";
import { reasonToSkip } from "../harness/servers/skipping.ts";
import { Cluster } from "./installed.ts";

const skip = await reasonToSkip("helm", "kubectl", "etcd", "kube-apiserver");
const OWN = "nats.url=nats://nats:4222";

/** Values that may be meant but look wrong, and how the warning begins. */
const WARNINGS: readonly (readonly [string, readonly string[], string])[] = [
  ["a NATS that lets everybody in", [OWN], "No login for nats.url"],
  [
    "a NATS on the pod itself",
    ["nats.url=tls://localhost", "nats.token=t"],
    'nats.url "tls://localhost" is the pod',
  ],
  ["a resolver that knows no Services", ["agent.dnsPolicy=Default"], 'agent.dnsPolicy "Default"'],
  ["a network of the pods' own", ["agent.hostNetwork=false"], "agent.hostNetwork is false"],
  ["a mark above kubelet's", ["agent.diskHigh=85"], "agent.diskHigh 85 is not below kubelet's 85"],
  ["no controller", ["controller.replicas=0"], "controller.replicas is 0"],
  ["a namespace listed and ignored", ["list.spaces=a b", "ignore.spaces=b c"], 'Namespace "b" is'],
  [
    "metrics twice",
    ["podMonitor.enabled=true", "scrapeAnnotations=true"],
    "podMonitor.enabled and",
  ],
  [
    "metrics twice by the operator",
    ["podMonitor.enabled=true", "serviceMonitor.enabled=true"],
    "podMonitor.enabled and serviceMonitor.enabled",
  ],
  [
    "metrics twice by annotations",
    ["serviceMonitor.enabled=true", "scrapeAnnotations=true"],
    "scrapeAnnotations and serviceMonitor.enabled",
  ],
  [
    "limits that are not in force",
    ["networkPolicy.egress.enabled=true"],
    "networkPolicy.egress.enabled does nothing",
  ],
  ["alerts without metrics", ["prometheusRule.enabled=true"], "prometheusRule.enabled without"],
  ["a gate that is off", ["gate.condition=true"], "gate.condition does nothing without"],
  [
    "a limit before agents start",
    ["gate.enabled=true", "gate.limit=20s"],
    "gate.limit 20s is less than a node needs",
  ],
  [
    "a label in place of a word",
    ["gate.enabled=true", "gate.for=Running"],
    'gate.for "Running" is a label: nodes wait for images of objects that have it',
  ],
  [
    "images that nobody waits for",
    ["gate.enabled=true", "kinds=Deployment Pod"],
    "kinds leaves out DaemonSets and StatefulSets: new nodes do not wait for their images",
  ],
  ["rights by hand", ["rbac.create=false"], "rbac.create is false: give service account"],
];

Deno.test({
  name: `notes of the chart${skip === undefined ? "" : ` [skipped: ${skip}]`}`,
  ignore: skip !== undefined,
}, async (t) => {
  await using server = await startApiServer();
  const cluster = new Cluster(server);
  await cluster.defineOthersKinds();
  const notesOf = async (set: readonly string[] = []) => {
    const { code, stdout, stderr } = await cluster.install({ set, flags: ["--dry-run=server"] });
    assertEquals([code, stderr], [0, ""]);
    return stdout.slice(stdout.indexOf("NOTES:"));
  };

  for (const [what, set, beginning] of WARNINGS) {
    await t.step(`warn of ${what} before anything else`, async () => {
      const warning = /^NOTES:\s+WARNING: (.*)/.exec(await notesOf(set))?.[1];
      assertStringIncludes(warning ?? "no warning", beginning);
    });
  }

  await t.step("warn of rights to make logins, where logins are to be made", async () => {
    const account = 'service account "wi-warm-images-logins" the rights to make logins';
    assertStringIncludes(await notesOf(["rbac.create=false"]), account);
    const given = ["nats.passwords.controller=c", "nats.passwords.agent=a"];
    assertEquals((await notesOf(["rbac.create=false", ...given])).includes("logins"), false);
  });

  await t.step("name what of nodes is patched, where rights are given by hand", async () => {
    const set = ["rbac.create=false", "gate.enabled=true", "gate.condition=true"];
    assertStringIncludes(await notesOf(set), ", patch on nodes, nodes/status, and get, create");
    assertEquals((await notesOf(["rbac.create=false"])).includes("patch on"), false);
  });

  await t.step("tell what new nodes wait for, with the gate on, and warn of nothing", async () => {
    const notes = await notesOf(["gate.enabled=true", "gate.limit=90s"]);
    assertEquals(notes.includes("WARNING"), false, notes);
    assertStringIncludes(notes, "wait 90s at most until they are warm");
    assertStringIncludes(notes, "the taint warm-images/cold or startup-taint.");
    assertEquals((await notesOf()).includes("until they are warm"), false);
  });

  await t.step("warn of nothing as the chart comes, and say how to see that it works", async () => {
    const notes = await notesOf();
    assertEquals(notes.includes("WARNING"), false);
    for (const line of COMMANDS) assertStringIncludes(notes, line);
  });

  await t.step("tell of the page where there is one", async () => {
    for (const page of [true, false]) {
      const notes = await notesOf([`controller.page=${page}`]);
      assertEquals(notes.includes("The same as a page"), page);
    }
  });

  await t.step("ask an agent where it listens", async () => {
    const forward = "port-forward POD 8081:14617";
    const proxy = "get --raw /api/v1/namespaces/warm-images/pods/POD:14617/proxy/readyz";
    for (const [set, asks] of [[[], forward], [["agent.health.address=node"], proxy]] as const) {
      const notes = await notesOf(set);
      assertEquals([forward, proxy].filter((way) => notes.includes(way)), [asks]);
    }
  });
});

const COMMANDS = [
  "helm test --namespace warm-images wi",
  "kubectl --namespace warm-images rollout status deployment/wi-warm-images-controller",
  "kubectl --namespace warm-images rollout status daemonset/wi-warm-images-agent",
  "kubectl --namespace warm-images logs daemonset/wi-warm-images-agent",
  "exec deploy/wi-warm-images-controller -- warm-images-controller status",
  "kubectl --namespace warm-images port-forward deployment/wi-warm-images-controller 8080:8080",
];
