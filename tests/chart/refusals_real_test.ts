import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { realTest, reasonToSkip } from "../harness/servers/skipping.ts";
import { tryToRender } from "./chart.ts";
import { SETTINGS, VALUE_OF } from "./setting_values.ts";

const skip = await reasonToSkip("helm");
const OWN = "nats.url=nats://nats:4222";

/** Values that cannot be meant, and what is said to each. */
const REFUSALS: readonly (readonly [string, readonly string[], string])[] = [
  ["an unknown key", ["agent.hostnetwork=true"], "additional properties 'hostnetwork' not allowed"],
  ["an unknown key at the top", ["agents.x=1"], "additional properties 'agents' not allowed"],
  ["an unknown key of an image", ["nats.image.name=x"], "'name' not allowed"],
  ["a password that YAML takes for a number", ["nats.password=12345"], "at '/nats/password': got"],
  ["a namespace that YAML takes for a number", ["list.spaces={1,2}"], "at '/list/spaces/0': got"],
  ["a truth value as namespace", ["ignore.spaces=true"], "at '/ignore/spaces': got boolean"],
  ["a number as duration", ["forgetAfter=60"], "at '/forgetAfter': got number, want string"],
  ["a duration without unit", ["agent.lookAgain=x"], "at '/agent/lookAgain'"],
  [
    "a duration that is too short",
    ["agent.lookAgain=0s"],
    "agent.lookAgain must be from 1s to 24h",
  ],
  ["a duration that is too long", ["forgetAfter=8760h1ms"], "forgetAfter must be from 0s to 8760h"],
  ["a duration in another order", ["agent.pullIdleTimeout=1s1m"], "at '/agent/pullIdleTimeout'"],
  ["an empty duration", ["forgetAfter="], "at '/forgetAfter'"],
  ["what no namespace is called", ["list.spaces=shop Team_A"], "at '/list/spaces'"],
  ["what no namespace of a list is called", ["ignore.spaces={a b}"], "at '/ignore/spaces/0'"],
  ["what no dotted namespace is called", ["list\\.spaces=A"], "at '/list.spaces'"],
  ["an address that is none", ["healthAddress=1.2.3"], "at '/healthAddress'"],
  ["a text as number", ["agent.pullParallel=many"], "at '/agent/pullParallel'"],
  ["a full disk", ["agent.diskHigh=100"], "at '/agent/diskHigh'"],
  ["a size without meaning", ["agent.maxBytes=much"], "at '/agent/maxBytes'"],
  ["no size at all", ["agent.pinBytes=off"], "at '/agent/pinBytes'"],
  ["what nothing can be pinned by", ["agent.pin=all"], "at '/agent/pin'"],
  ["a moment to pin for", ["agent.pinFor=5s"], "agent.pinFor must be from 1m to 8760h"],
  ["an unknown distribution", ["agent.distribution=k4s"], "'microk8s'"],
  ["a relative path", ["agent.containerd.root=var/lib"], "at '/agent/containerd/root'"],
  ["a label that YAML takes for a number", ["agent.podLabels.a=1"], "at '/agent/podLabels/a'"],
  ["no namespace", ["list.spaces="], 'list.spaces is empty: name namespaces, or "*" for all'],
  ["a comma without a namespace", ["list.spaces=\\,"], "list.spaces is empty"],
  ["no kind", ["kinds="], "kinds is empty"],
  ["a glob of taints", ["gate.taints=a.com/*"], 'gate.taints: "a.com/*" cannot be a taint'],
  ["an effect that is none", ["gate.taints={a,b:Never}"], 'gate.taints: "b:Never" cannot be a'],
  [
    "a taint by which Kubernetes says how a node is",
    ["gate.taints=node.kubernetes.io/not-ready:NoExecute"],
    'gate.taints: "node.kubernetes.io/not-ready:NoExecute" is not yours to lift',
  ],
  [
    "a taint of an autoscaler's own",
    ["gate.taints={d,karpenter.sh/unregistered}"],
    'gate.taints: "karpenter.sh/unregistered" is not yours to lift',
  ],
  [
    "a taint of nodes that are leaving",
    ["gate.taints=ToBeDeletedByClusterAutoscaler"],
    'gate.taints: "ToBeDeletedByClusterAutoscaler" is not yours to lift',
  ],
  [
    "a gate with nothing to open",
    ["gate.enabled=true", "gate.taints="],
    "gate.enabled has nothing to open: gate.taints is empty, and gate.condition is false",
  ],
  ["a gate without a limit", ["gate.limit=0s"], "gate.limit must be from 1s to 24h"],
  ["a gate for longer than a day", ["gate.limit=25h"], "gate.limit must be from 1s to 24h"],
  ["a share above all", ["gate.for=101%"], "gate.for must be from 1% to 100%"],
  ["no share at all", ["gate.for=0%"], "gate.for must be from 1% to 100%"],
  ["a share that YAML takes for a number", ["gate.for=80"], "at '/gate/for': got number"],
  ["blanks to wait for", ["gate.for= "], "gate.for must be running, all, a share such as 80%"],
  ["an unknown key of the gate", ["gate.taint=a"], "additional properties 'taint' not allowed"],
  ["a policy by another word", ["gate.admissionPolicy=no"], "at '/gate/admissionPolicy'"],
  ["Events alone", ["kinds=Events"], 'kinds: Event alone names no images: "auto Event"'],
  ["an unknown kind", ["kinds=Deployment Secret"], 'kinds: "Secret" is no known kind'],
  ["a resource without group", ["kinds=secrets."], 'kinds: "secrets." is no known kind'],
  ["every resource", ["kinds=*.apps"], 'kinds: "*.apps" is no known kind'],
  ["a startup taint with its effect", ["startupTaints=a:NoExecute"], "at '/startupTaints'"],
  ["every taint", ["startupTaints=a *"], 'startupTaints: "*" would be every taint'],
  ["too many revisions", ["keepRevisions=11"], "at '/keepRevisions'"],
  [
    "a key given twice",
    ["ignore.images=a", "ignore\\.images=b"],
    'ignore.images is given twice, nested and as the key "ignore.images"',
  ],
  ["a user without password", [OWN, "nats.username=warm"], "without nats.password"],
  ["a password without user", [OWN, "nats.password=secret"], "without nats.username"],
  [
    "a token beside a user",
    [OWN, "nats.token=t", "nats.username=u", "nats.password=p"],
    "two ways",
  ],
  ["a Secret beside a token", [OWN, "nats.token=t", "nats.existingSecret=s"], "holds the login"],
  [
    "a user for a credentials file",
    [OWN, "nats.login=creds", "nats.username=u", "nats.existingSecret=s"],
    'nats.username does not go with nats.login "creds"',
  ],
  ["a password in the URL", ["nats.url=nats://u:topsecret@nats"], "nats.url holds a user name"],
  ["a URL of another kind", ["nats.url=http://nats"], '"http://nats" must be nats://host:port'],
  ["a port that is none", ["nats.url={nats://a,nats://nats:65536}"], '"nats://nats:65536" must be'],
  ["a port that is nought", ["nats.url=tls://nats:0"], '"tls://nats:0" must be nats://host:port'],
  ["a port of six digits", ["nats.url=nats:004222"], '"nats:004222" must be nats://host:port'],
  ["a server with a path", ["nats.url=nats://nats:4222/x"], '"nats://nats:4222/x" must be'],
  ["an address without brackets", ["nats.url=::1"], '"::1" must be nats://host:port'],
  ["a certificate from nowhere", [OWN, "nats.tls.clientCertificate=true"], "needs nats.tls"],
  ["persistence of a foreign NATS", [OWN, "nats.persistence.enabled=true"], "nats.persistence is"],
  [
    "a foreign NATS's password",
    [OWN, "nats.passwords.agent=x"],
    "nats.passwords is about the NATS",
  ],
  ["users of nodes at a foreign NATS", [OWN, "nats.nodeUsers.enabled=true"], "nats.nodeUsers is"],
  ["a login without servers", ["nats.existingSecret=s"], "nats.existingSecret is given but"],
  ["an authority without servers", ["nats.tls.existingSecret=s"], "nats.url is empty"],
  [
    "a password NATS cannot read",
    ["nats.passwords.agent=top secret"],
    "nats.passwords.agent holds",
  ],
  [
    "globs where each namespace is read for itself",
    ["rbac.namespaced=true", "list.spaces=default shop-*"],
    'rbac.namespaced reads each namespace of list.spaces for itself: name them there, "shop-*"',
  ],
  [
    "all namespaces where each is read for itself",
    ["rbac.namespaced=true"],
    '"*" names none',
  ],
  ["an unknown type of policy", ["networkPolicy.type=calico"], "'kubernetes', 'cilium'"],
  [
    "networks of nodes with Cilium",
    ["networkPolicy.type=cilium", "networkPolicy.nodeCidrs={10.0.0.0/16}"],
    'networkPolicy.nodeCidrs is for the type "kubernetes"',
  ],
  [
    "networks of the API server with Cilium",
    ["networkPolicy.type=cilium", "networkPolicy.egress.apiServerCidrs={10.0.0.1/32}"],
    'networkPolicy.egress.apiServerCidrs is for the type "kubernetes"',
  ],
  [
    "an account that is neither made nor named",
    ["agent.serviceAccount.create=false"],
    "agent.serviceAccount.create is false: name an account in agent.serviceAccount.name",
  ],
];

for (const [what, set, text] of REFUSALS) {
  realTest(`refused with a sentence: ${what}`, skip, async () => {
    const { code, stderr } = await tryToRender({ set });
    assertEquals(code, 1);
    assertStringIncludes(stderr, text);
    assert(!/topsecret|12345|top secret/.test(stderr), stderr);
  });
}

realTest("users of nodes are refused where tokens do not name the node", skip, async () => {
  const set = ["nats.nodeUsers.enabled=true"];
  const old = await tryToRender({ set, kubeVersion: "1.29.9-eks-1" });
  assertEquals(old.code, 1);
  assertStringIncludes(old.stderr, "nats.nodeUsers needs Kubernetes 1.30, this is v1.29.9");
  const { code, stderr } = await tryToRender({ set, kubeVersion: "1.30.0" });
  assertEquals([code, stderr], [0, ""]);
});

realTest("servers are accepted in every form that the programs know", skip, async () => {
  const urls = [
    "nats",
    "nats:1",
    "10.0.0.1:65535",
    "NATS://nats:4222/",
    "tls://[::1]",
    "[::1]:4222",
  ];
  const { code, stderr } = await tryToRender({ set: [`nats.url={${urls.join(",")}}`] });
  assertEquals([code, stderr], [0, ""]);
});

/** Durations have bounds, which no schema can say: they are those of the programs. */
const DURATIONS = SETTINGS.filter(({ type, flag }) =>
  type.placeholder.startsWith("DURATION") && flag in VALUE_OF
)
  .map(({ type, flag }) => {
    const reading = type.read(["999999h"], "flag");
    const fault = "fault" in reading ? reading.fault : "";
    const [, least = "", most = ""] = /^must be from (\w+) to (\w+)(?:, or off)?$/.exec(fault) ??
      [];
    return { value: VALUE_OF[flag] ?? "", fault, least, most };
  });

for (const { value, fault, least, most } of DURATIONS) {
  const outside = [`${most}1ms`, ...(least === "0s" ? [] : ["999ms"])];
  for (const given of outside) {
    realTest(`refused with the program's bounds: ${value}=${given}`, skip, async () => {
      const { code, stderr } = await tryToRender({ set: [`${value}=${given}`] });
      assertEquals(code, 1);
      assertStringIncludes(stderr, `${value} ${fault}, it is "${given}"`);
    });
  }
}

for (const bound of ["least", "most"] as const) {
  realTest(`each duration may be the ${bound} that its program accepts`, skip, async () => {
    const set = DURATIONS.map((duration) => `${duration.value}=${duration[bound]}`);
    const { code, stderr } = await tryToRender({ set });
    assertEquals([code, stderr], [0, ""]);
  });
}
