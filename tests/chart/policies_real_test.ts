import { assertEquals } from "@std/assert";
import { realTest, reasonToSkip } from "../harness/servers/skipping.ts";
import { at, type ChartObject, render, type Rendered } from "./chart.ts";

const skip = await reasonToSkip("helm");
const ON = ["networkPolicy.enabled=true"];
const CILIUM = [...ON, "networkPolicy.type=cilium"];
const EGRESS = "networkPolicy.egress.enabled=true";
const OWN = ["nats.url={nats://a,tls://b:4333,nats://c:4222}", "nats.token=t"];

realTest(
  "with Cilium, NATS lets in the controller, and agents as what they are: nodes",
  skip,
  async () => {
    const rendered = await render({ set: CILIUM });
    assertEquals(rendered.names().filter((name) => name.startsWith("NetworkPolicy")), []);
    const policy = rendered.only("CiliumNetworkPolicy", "-nats");
    assertEquals(policy.apiVersion, "cilium.io/v2");
    assertEquals(at(policy, "spec.endpointSelector"), selector("nats"));
    const toPorts = [{ ports: [{ port: "4222", protocol: "TCP" }] }];
    assertEquals(at(policy, "spec.ingress"), [
      { fromEndpoints: [selector("controller")], toPorts },
      { fromEntities: ["host", "remote-node"], toPorts },
      { fromEntities: ["host"] },
    ]);
    assertEquals(at(policy, "spec.egress"), undefined);
  },
);

realTest(
  "with Cilium, agents that are pods are let in by their labels and namespace",
  skip,
  async () => {
    const set = [...CILIUM, "agent.hostNetwork=false", "agent.namespace=agents"];
    const rendered = await render({ set });
    const { matchLabels } = selector("agent");
    const namespace = { "k8s:io.kubernetes.pod.namespace": "agents" };
    assertEquals(
      at(rendered.only("CiliumNetworkPolicy", "-nats"), "spec.ingress.0.fromEndpoints"),
      [
        selector("controller"),
        { matchLabels: { ...matchLabels, ...namespace } },
      ],
    );
    const toPorts = [{ ports: [{ port: "14617", protocol: "TCP" }] }];
    assertEquals(at(rendered.only("CiliumNetworkPolicy", "-agent"), "spec.ingress"), [{ toPorts }]);
  },
);

realTest(
  "with Cilium, the controller reaches the API server, DNS and NATS, NATS nothing",
  skip,
  async () => {
    const rendered = await render({ set: [...CILIUM, EGRESS] });
    assertEquals(at(rendered.only("CiliumNetworkPolicy", "-controller"), "spec.egress"), [
      { toEntities: ["kube-apiserver"] },
      { toEntities: ["cluster"], toPorts: [{ ports: [{ port: "53", protocol: "ANY" }] }] },
      {
        toEndpoints: [selector("nats")],
        toPorts: [{ ports: [{ port: "4222", protocol: "TCP" }] }],
      },
    ]);
    assertEquals(at(rendered.only("CiliumNetworkPolicy", "-nats"), "spec.egress"), [{}]);
    const own = await render({ set: [...CILIUM, EGRESS, ...OWN] });
    assertEquals(at(own.only("CiliumNetworkPolicy"), "spec.egress.2.toPorts.0.ports"), [
      { port: "4222", protocol: "TCP" },
      { port: "4333", protocol: "TCP" },
    ]);
  },
);

realTest(
  "without Cilium, the controller reaches the API server, DNS and NATS, NATS nothing",
  skip,
  async () => {
    const rendered = await render({ set: [...ON, EGRESS] });
    const controller = rendered.only("NetworkPolicy", "-controller");
    assertEquals(at(controller, "spec.policyTypes"), ["Ingress", "Egress"]);
    assertEquals(at(controller, "spec.egress"), [
      { ports: [{ port: 443 }, { port: 6443 }] },
      {
        ports: [{ port: 53, protocol: "UDP" }, { port: 53, protocol: "TCP" }],
        to: [{ namespaceSelector: {} }],
      },
      { ports: [{ port: "client" }], to: [{ podSelector: selector("nats") }] },
    ]);
    const nats = rendered.only("NetworkPolicy", "-nats");
    assertEquals(at(nats, "spec.policyTypes"), ["Ingress", "Egress"]);
    assertEquals(at(nats, "spec.egress"), []);
    const own = await render({ set: [...ON, EGRESS, ...OWN] });
    assertEquals(at(own.only("NetworkPolicy"), "spec.egress.2"), {
      ports: [{ port: 4222 }, { port: 4333 }],
    });
    const known = [`networkPolicy.egress.apiServerCidrs={10.0.0.10/32}`];
    const narrow = await render({ set: [...ON, EGRESS, ...known] });
    assertEquals(at(narrow.only("NetworkPolicy", "-controller"), "spec.egress.0.to"), [
      { ipBlock: { cidr: "10.0.0.10/32" } },
    ]);
  },
);

realTest("what goes out stays free unless asked for, and that of agents always", skip, async () => {
  for (const set of [ON, CILIUM]) {
    const free = await render({ set: [...set, "agent.hostNetwork=false"] });
    assertEquals(limitedOut(free), []);
    const limited = await render({ set: [...set, EGRESS, "agent.hostNetwork=false"] });
    assertEquals(limitedOut(limited), ["wi-warm-images-controller", "wi-warm-images-nats"]);
  }
});

realTest(
  "agents in the node's network have no policy, as none would reach them",
  skip,
  async () => {
    for (const set of [ON, CILIUM]) {
      const names = policies(await render({ set })).map(({ metadata }) => metadata.name);
      assertEquals(names, ["wi-warm-images-controller", "wi-warm-images-nats"]);
    }
  },
);

realTest(
  "NATS' monitoring is let in once it is open, from who may read metrics",
  skip,
  async () => {
    const open = "nats.monitoring.enabled=true";
    const selected = { matchLabels: { app: "prometheus" } };
    const ports = [{ port: "monitor" }];
    const toPorts = [{ ports: [{ port: "8222", protocol: "TCP" }] }];
    const everybody = await render({ set: [...ON, open] });
    assertEquals(at(everybody.only("NetworkPolicy", "-nats"), "spec.ingress.1"), { ports });
    const some = await render({
      set: [...ON, open, "networkPolicy.metricsFrom[0].podSelector.matchLabels.app=prometheus"],
    });
    assertEquals(at(some.only("NetworkPolicy", "-nats"), "spec.ingress.1"), {
      ports,
      from: [{ podSelector: selected }],
    });
    const metricsFrom = "networkPolicy.metricsFrom[0].matchLabels.app=prometheus";
    const cilium = await render({ set: [...CILIUM, open, metricsFrom] });
    assertEquals(at(cilium.only("CiliumNetworkPolicy", "-nats"), "spec.ingress.2"), {
      toPorts,
      fromEndpoints: [selected],
    });
  },
);

for (const monitor of ["PodMonitor", "ServiceMonitor"]) {
  const value = monitor.replace(/^./, (letter) => letter.toLowerCase());
  realTest(`a ${monitor} names the node, then relabels as it is told`, skip, async () => {
    const rendered = await render({
      set: [
        `${value}.enabled=true`,
        `${value}.relabelings[0].action=labeldrop`,
        `${value}.relabelings[0].regex=pod`,
        `${value}.metricRelabelings[0].action=drop`,
      ],
    });
    const list = monitor === "PodMonitor" ? "podMetricsEndpoints" : "endpoints";
    assertEquals(at(rendered.only(monitor), `spec.${list}.0`), {
      port: "health",
      path: "/metrics",
      relabelings: [
        { sourceLabels: ["__meta_kubernetes_pod_node_name"], targetLabel: "node" },
        { action: "labeldrop", regex: "pod" },
      ],
      metricRelabelings: [{ action: "drop" }],
    });
  });
}

realTest("a ServiceMonitor finds a Service of controller and agents each", skip, async () => {
  const set = ["serviceMonitor.enabled=true", "agent.namespace=agents"];
  const rendered = await render({ set });
  const monitor = rendered.only("ServiceMonitor");
  assertEquals(at(monitor, "spec.namespaceSelector.matchNames"), ["warm-images", "agents"]);
  for (const component of ["controller", "agent"]) {
    const service = rendered.only("Service", `-${component}`);
    const labels = at(service, "metadata.labels") as Record<string, string>;
    for (const [label, value] of Object.entries(selector(component).matchLabels)) {
      assertEquals(labels[label], value);
    }
    assertEquals(at(service, "spec.ports.0.name"), "health");
  }
  const without = await render();
  assertEquals(without.names().includes("Service wi-warm-images-agent"), false);
});

function policies(rendered: Rendered): ChartObject[] {
  return rendered.objects.filter(({ kind }) => kind.endsWith("NetworkPolicy"))
    .sort((left, right) => left.metadata.name < right.metadata.name ? -1 : 1);
}

function limitedOut(rendered: Rendered): string[] {
  return policies(rendered).filter((policy) => at(policy, "spec.egress") !== undefined)
    .map(({ metadata }) => metadata.name);
}

function selector(component: string) {
  return {
    matchLabels: {
      "app.kubernetes.io/name": "warm-images",
      "app.kubernetes.io/instance": "wi",
      "app.kubernetes.io/component": component,
    },
  };
}
