import { assertEquals } from "@std/assert";
import { targetOf } from "../../mod/adapters/kubernetes/kind_target.ts";
import { readControllerSettings } from "../../mod/pure/settings/controller_settings.ts";
import type { Kind } from "../../mod/pure/objects/kind.ts";
import { BUILT_IN_KINDS } from "../../mod/pure/objects/kinds.ts";
import { KNOWN_KINDS } from "../../mod/pure/objects/known_kinds.ts";
import { realTest, reasonToSkip } from "../harness/servers/skipping.ts";
import { at, type ChartObject, render, type Rendered } from "./chart.ts";

const skip = await reasonToSkip("helm");

const LISTS: readonly (readonly [string, string])[] = [
  ["a text", "ignore.spaces=a b"],
  ["a list", "ignore.spaces={a,b}"],
  ["a dotted key", "ignore\\.spaces=a b"],
  ["a dotted key with a list", "ignore\\.spaces={a,b}"],
];
for (const [how, set] of LISTS) {
  realTest(`namespaces may be given as ${how}`, skip, async () => {
    assertEquals((await render({ set: [set] })).env("controller")["IGNORE_SPACES"], "a b");
  });
}

realTest("the same nested and dotted is no contradiction", skip, async () => {
  const rendered = await render({ set: ["list.spaces=a", "list\\.spaces=a"] });
  assertEquals(rendered.env("controller")["LIST_SPACES"], "a");
});

/** What is read whatever the kinds are: where pods may run, which go first, by what they pull. */
const ALWAYS = [
  ...["namespaces", "nodes", "serviceaccounts"],
  ...["priorityclasses.scheduling.k8s.io", "runtimeclasses.node.k8s.io"],
];
const DEFINITIONS = "customresourcedefinitions.apiextensions.k8s.io";
const resourcesOf = (kinds: readonly Kind[]) => kinds.map((kind) => targetOf(kind).resource);
const KINDS_OF_TABLES = [...BUILT_IN_KINDS, ...KNOWN_KINDS];
const KNOWN = resourcesOf(KINDS_OF_TABLES);

/** What `kinds` may be, what the program is told, and what it may read beside `ALWAYS`. */
const KINDS: readonly (readonly [string, string, readonly string[]])[] = [
  ["auto", "auto", [DEFINITIONS, ...KNOWN]],
  [
    "Auto shops.example.com=.spec.image",
    "auto shops.example.com=.spec.image",
    [DEFINITIONS, ...KNOWN, "shops.example.com"],
  ],
  ["{CronJob,pods}", "CronJob Pod", ["cronjobs.batch", "pods"]],
  [
    "job a.x.io=.spec.a a.x.io=.spec.b[*]",
    "Job a.x.io=.spec.a a.x.io=.spec.b[*]",
    ["jobs.batch", "a.x.io"],
  ],
  // As logs and /readyz name a kind: what its resource is called as a rule.
  [
    "Shop.x.io Gateway.x.io Policy.x.io=.spec.image Box.x.io",
    "Shop.x.io Gateway.x.io Policy.x.io=.spec.image Box.x.io",
    ["shops.x.io", "gateways.x.io", "policies.x.io", "boxes.x.io"],
  ],
  [
    "prometheuses jobs.batch Rollouts services.serving.knative.dev",
    "Prometheus Job Rollout KnativeService",
    [
      ...["prometheuses.monitoring.coreos.com", "jobs.batch", "rollouts.argoproj.io"],
      "services.serving.knative.dev",
    ],
  ],
  // The default of chart 0.2.0.
  [
    "Deployment StatefulSet DaemonSet ReplicaSet Pod Job CronJob",
    "Deployment StatefulSet DaemonSet ReplicaSet Pod Job CronJob",
    [
      ...["deployments.apps", "statefulsets.apps", "daemonsets.apps", "replicasets.apps"],
      ...["pods", "jobs.batch", "cronjobs.batch"],
    ],
  ],
];
for (const [kinds, told, resources] of KINDS) {
  realTest(`with kinds "${kinds}" the controller may read these, and no others`, skip, async () => {
    const rendered = await render({ set: [`kinds=${kinds}`] });
    assertEquals(rendered.env("controller")["KINDS"], told);
    assertEquals(rightsIn(rendered.only("ClusterRole")), [...ALWAYS, ...resources].sort());
  });
}

realTest("with Event among the kinds Events may be listed and watched besides", skip, async () => {
  const watched = { apiGroups: [""], resources: ["events"], verbs: ["list", "watch"] };
  const ofEvents = ({ rules }: ChartObject) =>
    (rules as { resources: string[] }[]).filter(({ resources }) => resources.includes("events"));
  const whole = await render({ set: ["kinds=auto events"] });
  assertEquals(whole.env("controller")["KINDS"], "auto Event");
  assertEquals(ofEvents(whole.only("ClusterRole")), [watched]);
  const set = ["rbac.namespaced=true", "list.spaces={a,b}", "kinds=Pod Event"];
  const namespaced = await render({ set });
  assertEquals(ofEvents(namespaced.only("ClusterRole")), []);
  for (const space of ["a", "b"]) {
    const roles = namespaced.objects.filter(({ kind, metadata }) =>
      kind === "Role" && metadata.namespace === space
    );
    assertEquals(roles.flatMap(ofEvents), [watched]);
  }
  assertEquals(ofEvents((await render({})).only("ClusterRole")), []);
});

realTest(
  "with failureEvents Events may be created and patched, and are switched on",
  skip,
  async () => {
    const ofEvents = ({ rules }: ChartObject) =>
      (rules as { resources: string[]; verbs: string[] }[])
        .filter(({ resources }) => resources.includes("events")).map(({ verbs }) => verbs);
    const whole = await render({ set: ["failureEvents=true"] });
    assertEquals(whole.env("controller")["FAILURE_EVENTS"], "on");
    assertEquals(ofEvents(whole.only("ClusterRole")), [["create", "patch"]]);
    const both = await render({ set: ["failureEvents=true", "kinds=auto Event"] });
    assertEquals(ofEvents(both.only("ClusterRole")), [["list", "watch", "create", "patch"]]);
    const set = ["rbac.namespaced=true", "list.spaces={a,b}", "failureEvents=true"];
    const namespaced = await render({ set });
    assertEquals(ofEvents(namespaced.only("ClusterRole")), []);
    for (const space of ["a", "b"]) {
      const roles = namespaced.objects.filter(({ kind, metadata }) =>
        kind === "Role" && metadata.namespace === space
      );
      assertEquals(roles.flatMap(ofEvents), [["create", "patch"]]);
    }
    const without = await render();
    assertEquals(without.env("controller")["FAILURE_EVENTS"], undefined);
    assertEquals(ofEvents(without.only("ClusterRole")), []);
  },
);

realTest("in namespaces alone, of what lies in none only the usual may be read", skip, async () => {
  const inNamespaces = resourcesOf(KINDS_OF_TABLES.filter(({ namespaced }) => namespaced));
  const set = ["rbac.namespaced=true", "list.spaces={a,b}"];
  const rendered = await render({ set: [...set, "kinds=auto shops.example.com"] });
  const inSpaces = ["serviceaccounts"];
  const ofCluster = ALWAYS.filter((each) => !inSpaces.includes(each));
  assertEquals(rightsIn(rendered.only("ClusterRole")), [DEFINITIONS, ...ofCluster].sort());
  for (const space of ["a", "b"]) {
    const roles = rendered.objects.filter(({ kind, metadata }) =>
      kind === "Role" && metadata.namespace === space
    );
    assertEquals(roles.map(rightsIn), [
      [...inNamespaces, ...inSpaces, "shops.example.com"].sort(),
    ]);
  }
});

realTest("the Role is about the one Lease that the chart brings", skip, async () => {
  const rendered = await render({ release: "my" });
  const lease = rendered.only("Lease").metadata.name;
  const leases = { apiGroups: ["coordination.k8s.io"], resources: ["leases"] };
  assertEquals(at(rendered.only("Role", "-controller"), "rules"), [
    { ...leases, resourceNames: [lease], verbs: ["get", "update"] },
    { ...leases, verbs: ["create"] },
  ]);
  assertEquals(rendered.env("controller")["LEASE_NAME"], lease);
});

const DISTRIBUTIONS: readonly (readonly [string, string, string, string])[] = [
  [
    "containerd",
    "/run/containerd/containerd.sock",
    "/var/lib/containerd",
    "/etc/containerd/certs.d",
  ],
  [
    "k3s",
    "/run/k3s/containerd/containerd.sock",
    "/var/lib/rancher/k3s/agent/containerd",
    "/var/lib/rancher/k3s/agent/etc/containerd/certs.d",
  ],
  [
    "rke2",
    "/run/k3s/containerd/containerd.sock",
    "/var/lib/rancher/rke2/agent/containerd",
    "/var/lib/rancher/rke2/agent/etc/containerd/certs.d",
  ],
  [
    "talos",
    "/run/containerd/containerd.sock",
    "/var/lib/containerd",
    "/etc/cri/conf.d/hosts",
  ],
  [
    "bottlerocket",
    "/run/containerd/containerd.sock",
    "/var/lib/containerd",
    "/etc/containerd/certs.d",
  ],
  [
    "flatcar",
    "/run/containerd/containerd.sock",
    "/var/lib/containerd",
    "/etc/containerd/certs.d",
  ],
  ["k0s", "/run/k0s/containerd.sock", "/var/lib/k0s/containerd", "/etc/k0s/containerd.d/certs.d"],
  [
    "microk8s",
    "/var/snap/microk8s/common/run/containerd.sock",
    "/var/snap/microk8s/common/var/lib/containerd",
    "/var/snap/microk8s/current/args/certs.d",
  ],
];
for (const [distribution, socket, root, hosts] of DISTRIBUTIONS) {
  realTest(`the agent gets these five things of a node of ${distribution}`, skip, async () => {
    const rendered = await render({ set: [`agent.distribution=${distribution}`] });
    assertEquals(mountsOf(rendered), [
      `Socket ${socket} at ${socket}`,
      `Directory ${root} at /var/lib/containerd read-only`,
      `DirectoryOrCreate ${hosts} at ${hosts} read-only`,
      "DirectoryOrCreate /run/warm-images at /run/warm-images",
      "password of wi-warm-images-agent-login at /etc/warm-images/nats read-only",
    ]);
    const env = rendered.env("agent");
    assertEquals([env["CONTAINERD_ADDRESS"], env["HOSTS_DIR"]], [socket, hosts]);
  });
}

realTest("paths of one's own come before those of the distribution", skip, async () => {
  const set = ["distribution=k3s", "containerd.address=/run/a.sock", "containerd.hostsDir=none"];
  const rendered = await render({ set: set.map((each) => `agent.${each}`) });
  assertEquals(mountsOf(rendered).slice(0, 4), [
    "Socket /run/a.sock at /run/a.sock",
    "Directory /var/lib/rancher/k3s/agent/containerd at /var/lib/containerd read-only",
    "DirectoryOrCreate /run/warm-images at /run/warm-images",
    "password of wi-warm-images-agent-login at /etc/warm-images/nats read-only",
  ]);
  assertEquals(rendered.env("agent")["HOSTS_DIR"], "/nonexistent");
});

realTest("the agent is root without rights in the cluster", skip, async () => {
  const rendered = await render();
  const pod = at(rendered.only("DaemonSet"), "spec.template.spec");
  assertEquals(at(pod, "automountServiceAccountToken"), false);
  assertEquals(
    at(rendered.only("ServiceAccount", "-agent"), "automountServiceAccountToken"),
    false,
  );
  assertEquals(at(pod, "containers.0.securityContext"), {
    runAsUser: 0,
    runAsGroup: 0,
    privileged: false,
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"] },
    seccompProfile: { type: "RuntimeDefault" },
  });
  const subjects = rendered.objects.flatMap((object) => at(object, "subjects") ?? []);
  assertEquals([...new Set(subjects.map((subject) => at(subject, "name")))], [
    "wi-warm-images-controller",
    "wi-warm-images-logins",
    "wi-warm-images-logins-removal",
  ]);
});

realTest(
  "a digest counts instead of the tag, an empty tag is the chart's version",
  skip,
  async () => {
    const digest = `sha256:${"0".repeat(64)}`;
    const images = ["agent.image.repository=r/agent", `controller.image.digest=${digest}`];
    const rendered = await render({ set: [...images, "controller.image.tag=v1"] });
    const image = (kind: string) =>
      at(
        rendered.only(kind, kind === "Deployment" ? "-controller" : ""),
        "spec.template.spec.containers.0.image",
      );
    assertEquals(image("DaemonSet"), "r/agent:0.3.0");
    assertEquals(
      image("Deployment"),
      `ghcr.io/kubernetes-warm-images/controller@${digest}`,
    );
  },
);

realTest("with a NATS of one's own the chart brings none", skip, async () => {
  const rendered = await render({ values: "own_nats_creds" });
  assertEquals(rendered.names().filter((name) => /nats/.test(name)), []);
  assertEquals(
    mountsOf(rendered).at(-1),
    [
      "warm.creds of nats-creds",
      "ca.crt of nats-authority",
    ].join(", ") + " at /etc/warm-images/nats read-only",
  );
});

realTest("agents may have a login of their own", skip, async () => {
  const rendered = await render({ values: "own_nats_secret" });
  const from = (name: string) => `<{"secretKeyRef":{"name":"${name}","key":"user"}}>`;
  assertEquals(rendered.env("controller")["NATS_USERNAME"], from("nats-login"));
  assertEquals(rendered.env("agent")["NATS_USERNAME"], from("nats-login-of-agents"));
  assertEquals(mountsOf(rendered).at(-1)?.startsWith("pass of nats-login-of-agents, "), true);
});

realTest("agents in another namespace have their login there", skip, async () => {
  const given = ["nats.passwords.controller=c1", "nats.passwords.agent=a1"];
  const rendered = await render({ set: ["agent.namespace=agents", ...given] });
  const inAgents = rendered.objects.filter(({ metadata }) => metadata.namespace === "agents");
  assertEquals(inAgents.map(({ kind, metadata }) => `${kind} ${metadata.name}`).sort(), [
    "DaemonSet wi-warm-images-agent",
    "Secret wi-warm-images-agent-nats",
    "ServiceAccount wi-warm-images-agent",
  ]);
});

realTest("a release that says it already is not called warm-images twice", skip, async () => {
  const rendered = await render({ release: "my-warm-images" });
  assertEquals(rendered.only("DaemonSet").metadata.name, "my-warm-images-agent");
});

realTest("helm test asks the controller through its Service, with no rights", skip, async () => {
  const rendered = await render({ set: ["controller.health.port=9090"] });
  const pod = rendered.only("Pod", "-test");
  assertEquals((at(pod, "metadata.annotations") as Record<string, string>)["helm.sh/hook"], "test");
  assertEquals(at(pod, "spec.automountServiceAccountToken"), false);
  assertEquals(at(pod, "spec.containers.0.args"), ["check"]);
  const url = "http://wi-warm-images-controller.warm-images.svc:9090";
  assertEquals(at(pod, "spec.containers.0.env"), [{ name: "CONTROLLER_URL", value: url }]);
  const outcome = readControllerSettings(["check"], { CONTROLLER_URL: url });
  assertEquals(outcome.type === "settings" && outcome.settings.controllerUrl, url);
  const service = rendered.only("Service", "-controller");
  assertEquals([at(service, "metadata.name"), at(service, "spec.ports.0.port")], [
    ...["wi-warm-images-controller", 9090],
  ]);
});

realTest("the policies let agents in from the networks of the nodes", skip, async () => {
  const rendered = await render({ values: "restricted" });
  assertEquals(
    at(rendered.only("NetworkPolicy", "-nats"), "spec.ingress.0.from.1.ipBlock.cidr"),
    "10.0.0.0/16",
  );
  const open = await render({ set: ["networkPolicy.enabled=true"] });
  assertEquals(at(open.only("NetworkPolicy", "-nats"), "spec.ingress"), [{
    ports: [{ port: "client" }],
  }]);
});

/** Resources that a role lets get, list and watch, as kubectl names them. */
function rightsIn(role: ChartObject): string[] {
  const rules = at(role, "rules") as Record<string, string[]>[];
  return rules.flatMap(({ apiGroups = [], resources = [], verbs }) => {
    assertEquals(verbs, ["get", "list", "watch"]);
    return resources.map((each) => [each, ...apiGroups.filter((group) => group !== "")].join("."));
  }).sort();
}

/** What the agent's container mounts: what, and where. */
function mountsOf(rendered: Rendered): string[] {
  const pod = at(rendered.only("DaemonSet"), "spec.template.spec");
  const volumes = at(pod, "volumes") as { name: string }[];
  const mounts = at(pod, "containers.0.volumeMounts") as {
    name: string;
    mountPath: string;
    readOnly?: boolean;
  }[];
  return mounts.map(({ name, mountPath, readOnly }) => {
    const volume = volumes.find((each) => each.name === name);
    return `${sourceOf(volume)} at ${mountPath}${readOnly ? " read-only" : ""}`;
  });
}

function sourceOf(volume: unknown): string {
  const host = at(volume, "hostPath");
  if (host !== undefined) return `${at(host, "type")} ${at(host, "path")}`;
  const sources = at(volume, "projected.sources") as unknown[];
  return sources.flatMap((source) => {
    const items = at(source, "secret.items") as unknown[];
    return items.map((item) => `${at(item, "key")} of ${at(source, "secret.name")}`);
  }).join(", ");
}
