import { assertEquals, assertStringIncludes } from "@std/assert";
import { realTest, reasonToSkip } from "../harness/servers/skipping.ts";
import { at, render, type Rendered, tryToRender } from "./chart.ts";

const skip = await reasonToSkip("helm");

realTest("without persistence NATS is a Deployment that leaves a lost node", skip, async () => {
  const nats = (await render()).only("Deployment", "-nats");
  assertEquals(at(nats, "spec.strategy.type"), "Recreate");
  assertEquals(tolerationsOf(nats), [
    "node.kubernetes.io/not-ready NoExecute 30",
    "node.kubernetes.io/unreachable NoExecute 30",
  ]);
  const own = await render({
    set: [
      "nats.tolerationSeconds=5",
      "nats.tolerations[0].key=a",
      "nats.tolerations[0].operator=Exists",
    ],
  });
  assertEquals(tolerationsOf(own.only("Deployment", "-nats")), [
    "a undefined undefined",
    "node.kubernetes.io/not-ready NoExecute 5",
    "node.kubernetes.io/unreachable NoExecute 5",
  ]);
});

realTest("with persistence two NATS servers never write one volume", skip, async () => {
  const rendered = await render({ set: ["nats.persistence.enabled=true"] });
  const nats = rendered.only("StatefulSet", "-nats");
  assertEquals(at(nats, "spec.template.spec.tolerations"), undefined);
});

const SIZES: readonly (readonly [size: string, bytes: number])[] = [
  ["1Gi", 1024 ** 3],
  ["1.5Gi", 1.5 * 1024 ** 3],
  ["20Mi", 20 * 1024 ** 2],
  ["20480Ki", 20 * 1024 ** 2],
  ["2Ti", 2 * 1024 ** 4],
  ["100M", 1e8],
  ["50000k", 5e7],
  ["3G", 3e9],
  ["2T", 2e12],
  ["20000000", 2e7],
];
for (const [size, bytes] of SIZES) {
  realTest(`JetStream stores up to four fifths of ${size}`, skip, async () => {
    for (const enabled of ["true", "false"]) {
      const set = [`nats.persistence.enabled=${enabled}`];
      const rendered = await render({ set, setText: [`nats.persistence.size=${size}`] });
      const config = rendered.natsConfig();
      const most = Number(/max_file_store: (\d+)\n/.exec(config)?.[1]);
      assertEquals(most, Math.floor(bytes * 0.8));
    }
  });
}

realTest("a volume without room for JetStream is refused", skip, async () => {
  const { code, stderr } = await tryToRender({ set: ["nats.persistence.size=1Mi"] });
  assertEquals(code, 1);
  assertStringIncludes(stderr, 'nats.persistence.size must be from 16Mi to 1Ei, it is "1Mi"');
});

realTest("NATS' monitoring port is closed unless it is asked for", skip, async () => {
  for (const [enabled, probe] of [["false", "tcpSocket"], ["true", "httpGet"]] as const) {
    const rendered = await render({ set: [`nats.monitoring.enabled=${enabled}`] });
    const container = at(rendered.only("Deployment", "-nats"), "spec.template.spec.containers.0");
    const probes = ["startupProbe", "livenessProbe", "readinessProbe"];
    assertEquals(probes.map((name) => at(container, `${name}.${probe}`) !== undefined), [
      ...[true, true, true],
    ]);
    const ports = at(container, "ports") as { containerPort: number }[];
    assertEquals(ports.some(({ containerPort }) => containerPort === 8222), enabled === "true");
    const config = rendered.natsConfig();
    assertEquals(config.includes("http_port: 8222"), enabled === "true");
  }
});

/** Values, where the agent listens, and which address kubelet asks: undefined is the pod's own. */
const ADDRESSES: readonly (readonly [string[], string, string | undefined])[] = [
  [[], "127.0.0.1:14617", "127.0.0.1"],
  [["podMonitor.enabled=true"], "[$(HOST_IP)]:14617", undefined],
  [["serviceMonitor.enabled=true"], "[$(HOST_IP)]:14617", undefined],
  [["scrapeAnnotations=true"], "[$(HOST_IP)]:14617", undefined],
  [["agent.health.address=node"], "[$(HOST_IP)]:14617", undefined],
  [["agent.health.address=0.0.0.0"], "0.0.0.0:14617", undefined],
  [["agent.health.address=[::1]"], "[::1]:14617", "::1"],
  [["agent.health.address=127.0.0.1", "podMonitor.enabled=true"], "127.0.0.1:14617", "127.0.0.1"],
  [["agent.hostNetwork=false"], "0.0.0.0:14617", undefined],
  [["agent.hostNetwork=false", "healthAddress=[::]"], "[::]:14617", undefined],
];
for (const [set, listen, host] of ADDRESSES) {
  realTest(
    `with ${set.join(" and ") || "nothing set"} agents listen on ${listen}`,
    skip,
    async () => {
      const rendered = await render({ set });
      const env = rendered.env("agent");
      assertEquals(env["HEALTH_ADDRESS"], listen);
      const hostIp = listen.includes("HOST_IP")
        ? '<{"fieldRef":{"fieldPath":"status.hostIP"}}>'
        : undefined;
      assertEquals(env["HOST_IP"], hostIp);
      const container = at(rendered.only("DaemonSet"), "spec.template.spec.containers.0");
      for (const probe of ["startupProbe", "livenessProbe", "readinessProbe"]) {
        assertEquals(at(container, `${probe}.httpGet.host`), host);
      }
      const controller = set.includes("healthAddress=[::]") ? "[::]:8080" : "0.0.0.0:8080";
      assertEquals(rendered.env("controller")["HEALTH_ADDRESS"], controller);
    },
  );
}

realTest(
  "agents keep off nodes that are no machines, and off other architectures",
  skip,
  async () => {
    assertEquals(await agentTerms([]), [[
      "kubernetes.io/arch In amd64,arm64",
      "eks.amazonaws.com/compute-type NotIn fargate",
      "type NotIn virtual-kubelet",
      "virtualization NotIn virtualnode2",
    ]]);
  },
);

realTest("terms of one's own replace the chart's, other affinity joins them", skip, async () => {
  const terms =
    "agent.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms";
  const disk = `${terms}[0].matchExpressions[0]`;
  const own = [`${disk}.key=disk`, `${disk}.operator=In`, `${disk}.values={ssd}`];
  assertEquals(await agentTerms(own), [["disk In ssd"]]);
  assertEquals((await agentTerms(["agent.affinity.podAntiAffinity.a=b"]))[0]?.length, 4);
  assertEquals(await agentTerms(["agent.affinity=null"]), []);
});

realTest("a proxy is for what lies outside the cluster", skip, async () => {
  const rendered = await render({
    set: ["proxy.https=http://proxy:3128", "proxy.no={10.0.0.0/8,.corp}"],
  });
  for (const component of ["controller", "agent"] as const) {
    const env = rendered.env(component);
    assertEquals([env["HTTP_PROXY"], env["HTTPS_PROXY"]], [undefined, "http://proxy:3128"]);
    const inside = "localhost,127.0.0.1,::1,$(KUBERNETES_SERVICE_HOST),.svc,.cluster.local";
    assertEquals(env["NO_PROXY"], `${inside},10.0.0.0/8,.corp`);
  }
  assertEquals((await render()).env("agent")["NO_PROXY"], undefined);
});

for (const kind of ["configMap", "secret"]) {
  realTest(`further authorities come from a ${kind} to both programs`, skip, async () => {
    const set = [`extraCaCertificates.${kind}=authorities`, "extraCaCertificates.key=a.pem"];
    const rendered = await render({ set });
    for (const component of ["controller", "agent"] as const) {
      const file = rendered.env(component)["EXTRA_CA_CERTIFICATES"];
      assertEquals(file, "/etc/warm-images/extra-ca/ca.crt");
      const path = "spec.template.spec.volumes";
      const volumes = at(rendered.program(component), path) as { name: string }[];
      const volume = volumes.find(({ name }) => name === "extra-ca");
      const named = at(volume, kind === "secret" ? "secret.secretName" : "configMap.name");
      assertEquals(named, "authorities");
      assertEquals(at(volume, `${kind}.items`), [{ key: "a.pem", path: "ca.crt" }]);
    }
  });
}

const REFUSED: readonly (readonly [set: string[], says: string])[] = [
  [["proxy.https=http://me:secret@proxy:1"], "proxy.https holds a user name or password"],
  [["proxy.http=proxy:3128"], "proxy.http must be http://host:port"],
  [["extraCaCertificates.configMap=a", "extraCaCertificates.secret=b"], "keep one of them"],
];
for (const [set, says] of REFUSED) {
  realTest(`${set.join(" and ")} is refused`, skip, async () => {
    const { code, stderr } = await tryToRender({ set });
    assertEquals(code, 1);
    assertStringIncludes(stderr, says);
    assertEquals(stderr.includes("secret@"), false);
  });
}

realTest(
  "on bottlerocket the agent's label lets it read what ordinary ones cannot",
  skip,
  async () => {
    const options = async (...set: string[]) => {
      const rendered = await render({ set: ["agent.distribution=bottlerocket", ...set] });
      return at(
        rendered.only("DaemonSet"),
        "spec.template.spec.containers.0.securityContext.seLinuxOptions",
      );
    };
    assertEquals(await options(), { type: "control_t" });
    assertEquals(await options("agent.securityContext.seLinuxOptions.type=super_t"), {
      type: "super_t",
    });
  },
);

function tolerationsOf(workload: unknown): string[] {
  const tolerations = at(workload, "spec.template.spec.tolerations") as unknown[];
  return tolerations.map((each) =>
    `${at(each, "key")} ${at(each, "effect")} ${at(each, "tolerationSeconds")}`
  );
}

/** Where agents may run: the expressions of each term. */
async function agentTerms(set: string[]): Promise<string[][]> {
  const rendered: Rendered = await render({ set });
  const affinity = at(rendered.only("DaemonSet"), "spec.template.spec.affinity.nodeAffinity");
  const terms = at(affinity, "requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms");
  return (terms as unknown[] | undefined ?? []).map((term) =>
    (at(term, "matchExpressions") as unknown[]).map((each) =>
      `${at(each, "key")} ${at(each, "operator")} ${at(each, "values")}`
    )
  );
}
