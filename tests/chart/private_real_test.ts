// What the chart makes of values about private images.
import { assertEquals, assertStringIncludes } from "@std/assert";
import { readPage } from "../harness/documents/pages.ts";
import { realTest, reasonToSkip } from "../harness/servers/skipping.ts";
import { at, type ChartObject, render, type Rendered, renderText, tryToRender } from "./chart.ts";

const skip = await reasonToSkip("helm");

realTest("README's four lines each bring the agents a login, by these means", skip, async () => {
  const page = await readPage("README.md");
  const lines = [...page.matchAll(/\blogin=([\w.]+=\w+)/g)].map(([, value = ""]) => value);
  const usual = otherRights(await render());
  const means = await Promise.all(lines.map(async (line) => {
    const rendered = await render({ set: [line] });
    assertEquals(otherRights(rendered), usual, `${line} adds no right but to the named Secrets`);
    return [line, ...credentialsOf(rendered), ...secretRoles(rendered)];
  }));
  assertEquals(means, [
    [
      "agent.credentialProviders.preset=eks",
      "CREDENTIAL_PROVIDERS /etc/eks/image-credential-provider/config.json",
    ],
    [
      "agent.credentialProviders.preset=gke",
      "CREDENTIAL_PROVIDERS /etc/srv/kubernetes/cri_auth_config.yaml",
    ],
    [
      "privateImages.namespaces.shop=regcred",
      "NODE_TOKEN /var/run/secrets/warm-images/token",
      'shop get ["regcred"]',
    ],
    [
      "agent.registryLogins.existingSecret=hub",
      "REGISTRY_LOGINS /etc/warm-images/registry-logins/config.json",
    ],
  ]);
});

realTest("as it comes the chart uses no login, and reads no Secret", skip, async () => {
  const rendered = await render();
  assertEquals([...credentialsOf(rendered), ...secretRoles(rendered)], []);
});

/** Ways to write pull secrets, and which may be read where. */
const PULL_SECRETS: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ["words", ["shop=a b,a"], ['shop get ["a","b"]']],
  ["a list", ["shop={a,b.c}"], ['shop get ["a","b.c"]']],
  ["none", ["shop={}", "other="], []],
  ["names that YAML takes for numbers", ["12=1e3", "0x1=5"], ['0x1 get ["5"]', '12 get ["1e3"]']],
  ["the release's own namespace", ["warm-images=a"], ['warm-images get ["a"]']],
  [
    "fifty namespaces",
    Array.from({ length: 50 }, (_, i) => `n${i + 10}=a`),
    Array.from({ length: 50 }, (_, i) => `n${i + 10} get ["a"]`),
  ],
];
for (const [how, secrets, roles] of PULL_SECRETS) {
  realTest(`pull secrets are read by name in each namespace: ${how}`, skip, async () => {
    const setText = secrets.map((each) =>
      `privateImages.namespaces.${each.replaceAll(/,(?![^{]*\})/g, "\\,")}`
    );
    const rendered = await render({ setText });
    assertEquals(secretRoles(rendered), roles);
    const told = rendered.env("controller")["PULL_SECRETS"]?.split(" ").length ?? 0;
    assertEquals(told, roles.flatMap((role) => role.match(/"[^"]+"/g) ?? []).length);
    assertEquals(rendered.env("agent")["NODE_TOKEN"] !== undefined, roles.length > 0);
  });
}

/** Values of plugins, and what of the node is mounted where. */
const PROVIDERS: readonly (readonly [readonly string[], readonly string[]])[] = [
  [["credentialProviders.preset=eks"], ["Directory /etc/eks/image-credential-provider"]],
  [["credentialProviders.preset=eks", "distribution=bottlerocket"], [
    "Directory /usr/libexec/kubernetes/kubelet/plugins",
    "File /etc/kubernetes/kubelet/credential-provider-config.yaml",
  ]],
  [["credentialProviders.preset=gke"], [
    "Directory /home/kubernetes/bin",
    "File /etc/srv/kubernetes/cri_auth_config.yaml",
  ]],
  [
    ["credentialProviders.preset=aks", "credentialProviders.files={/a,/etc/kubernetes/azure.json}"],
    [
      "Directory /var/lib/kubelet/credential-provider",
      "File /var/lib/kubelet/credential-provider-config.yaml",
      "File /etc/kubernetes/azure.json",
      "File /a",
    ],
  ],
  [["credentialProviders.config=/x/c.yml", "credentialProviders.directory=/x"], [
    "Directory /x at /etc/warm-images/credential-providers",
    "File /x/c.yml at /etc/warm-images/credential-providers.yaml",
  ]],
  [["credentialProviders.config=/x/c.d", "credentialProviders.directory=/x"], [
    "Directory /x at /etc/warm-images/credential-providers",
    "Directory /x/c.d at /etc/warm-images/credential-providers.yaml",
  ]],
];
for (const [values, mounts] of PROVIDERS) {
  realTest(`with ${values.join(" and ")} nothing is made on the node`, skip, async () => {
    const rendered = await render({ set: values.map((each) => `agent.${each}`) });
    assertEquals(providerMounts(rendered), mounts);
  });
}

realTest("a Secret of logins may have any name and key", skip, async () => {
  const logins = "agent.registryLogins";
  const setText = [`${logins}.existingSecret=0123`, `${logins}.key=1`];
  const volumes = at((await render({ setText })).only("DaemonSet"), "spec.template.spec.volumes");
  const volume = (volumes as { name: string }[]).find(({ name }) => name === "registry-logins");
  const items = [{ key: "1", path: "config.json" }];
  assertEquals(at(volume, "secret"), { secretName: "0123", items });
});

const REFUSED: readonly (readonly [string, string])[] = [
  ["privateImages.modes=bites", 'privateImages.modes: "bites" is no mode'],
  ["privateImages.namespaces=regcred", "at '/privateImages/namespaces': got string"],
  ["privateImages.namespaces.shop[0].name=a", "at '/privateImages/namespaces/shop/0': got object"],
  ["privateImages.namespaces.Shop=a", 'privateImages.namespaces: "Shop" cannot be a namespace'],
  ["privateImages.namespaces.a\\.b=a", '"a.b" cannot be a namespace'],
  ["privateImages.namespaces.shop=a shop/b", 'privateImages.namespaces.shop: "shop/b" cannot be'],
  ["privateImages.openRegistries=a.com https://b.com", '"https://b.com" is no host such as'],
  ["privateImages.openRegistries=a.com/team", '"a.com/team" is no host such as'],
  ["privateImages.nodeKeys=n1", '"n1" must be NODE=SHA256:…, as that node\'s agent logs it'],
  ["agent.registryLogins.key=", "at '/agent/registryLogins/key'"],
  ["agent.credentialProviders.preset=ecr", "'eks', 'gke', 'aks'"],
  ["agent.credentialProviders.config=/x", "takes both, config and directory"],
  ["agent.credentialProviders.files={/x}", "files is given without plugins that read them"],
  ["agent.credentialProviders.config=x,agent.credentialProviders.directory=/x", "absolute path"],
  [
    "agent.credentialProviders.preset=eks,agent.credentialProviders.config=/x",
    'preset is "eks", which says where config and directory are',
  ],
];
for (const [value, text] of REFUSED) {
  realTest(`refused with a sentence: ${value}`, skip, async () => {
    const { code, stderr } = await tryToRender({ set: [value] });
    assertEquals(code, 1);
    assertStringIncludes(stderr, text);
  });
}

/** Values that may be meant, and what is said of them; the last is the cluster's version. */
const WARNED: readonly (readonly [readonly string[], string, string?])[] = [
  [["privateImages.openRegistries=a"], "does nothing while privateImages.modes has no open"],
  [["privateImages.modes=open"], "no image will be open"],
  [["privateImages.namespaces.shop=a", "privateImages.modes=off"], "while privateImages.modes is"],
  [["privateImages.namespaces.shop=a", "rbac.create=false"], "get on the Secrets of"],
  [["privateImages.namespaces.shop=a"], "needs Kubernetes 1.30, this is v1.29.9", "1.29.9-eks-1"],
  [
    ["privateImages.namespaces.shop=a", "rbac.namespaced=true", "list.spaces=default"],
    'privateImages.namespaces names "shop", which is not in list.spaces',
  ],
  [["agent.relay=false", "agent.credentialProviders.preset=eks"], "agent.relay is false"],
  [["agent.relay=false", "agent.registryLogins.existingSecret=a"], "agent.relay is false"],
];
for (const [set, text, kubeVersion = "1.37.0"] of WARNED) {
  realTest(`warned of: ${set.join(" and ")} on ${kubeVersion}`, skip, async () => {
    // Notes are printed by an install alone; what extra objects say is rendered as templates are.
    const warnings = "is {{ include `warm-images.privateWarnings` . | b64enc }}";
    const setText = ["extraObjects[0].kind=Warnings", `extraObjects[0].text=${warnings}`];
    const [, said = ""] =
      /^text: is (.*)$/m.exec(await renderText({ set, setText, kubeVersion })) ?? [];
    assertStringIncludes(atob(said).replaceAll(/\s+/g, " "), text);
  });
}

realTest("values of a release before private images render as the defaults do", skip, async () => {
  const added = ["privateImages", "nats.nodeUsers"];
  const ofAgent = ["agent.registryLogins", "agent.credentialProviders"];
  const set = [...added, ...ofAgent].map((value) => `${value}=null`);
  assertEquals(await renderText({ set }), await renderText());
});

realTest("a namespace, Secrets and accounts may be called by numbers", skip, async () => {
  const setText = [
    ...["agent.namespace=12", "agent.serviceAccount.name=1", "controller.serviceAccount.name=2"],
    ...["list.spaces={34}", "nats.url=nats://nats", "nats.login=token"],
    ...["nats.existingSecret=5", "nats.tls.existingSecret=6", "extraCaCertificates.secret=7"],
  ];
  const { objects } = await render({ set: ["rbac.namespaced=true"], setText, release: "8" });
  const numbers = JSON.stringify(objects).match(
    /"(?:namespace|name|secretName|serviceAccountName|app\.kubernetes\.io\/instance)":\d+/g,
  );
  assertEquals(numbers, null);
});

/** What an agent is told of logins. */
function credentialsOf(rendered: Rendered): string[] {
  const told = ["REGISTRY_LOGINS", "CREDENTIAL_PROVIDERS", "NODE_TOKEN"];
  const env = rendered.env("agent");
  return told.flatMap((name) => env[name] === undefined ? [] : [`${name} ${env[name]}`]);
}

/** All rights but those to pull secrets. */
function otherRights({ objects }: Rendered): ChartObject[] {
  return objects.filter(({ kind, metadata }) =>
    /Role/.test(kind) && !metadata.name.endsWith("-pull-secrets")
  );
}

/** Who of the controller's Roles may do what with which Secrets, where. */
function secretRoles({ objects }: Rendered): string[] {
  const roles = objects.filter(({ kind, metadata }) =>
    kind === "Role" && metadata.name === "wi-warm-images-controller-pull-secrets"
  );
  for (const { metadata } of roles) {
    const [binding] = objects.filter((object) =>
      object.kind === "RoleBinding" && object.metadata.name === metadata.name &&
      object.metadata.namespace === metadata.namespace
    );
    assertEquals(at(binding, "subjects.0.name"), "wi-warm-images-controller");
  }
  return roles.map((role) => {
    const { resources, resourceNames, verbs } = at(role, "rules.0") as Record<string, string[]>;
    assertEquals(resources, ["secrets"]);
    return `${role.metadata.namespace} ${verbs} ${JSON.stringify(resourceNames)}`;
  });
}

/** What agents mount of kubelet's plugins; where, if not at its own path. */
function providerMounts(rendered: Rendered): string[] {
  const pod = at(rendered.only("DaemonSet"), "spec.template.spec");
  const volumes = at(pod, "volumes") as { name: string; hostPath: unknown }[];
  const mounts = at(pod, "containers.0.volumeMounts") as { name: string; mountPath: string }[];
  return volumes.filter(({ name }) => name.startsWith("credential-")).map(({ name, hostPath }) => {
    const mount = mounts.find((each) => each.name === name);
    assertEquals(at(mount, "readOnly"), true);
    const path = at(hostPath, "path");
    const where = mount?.mountPath === path ? "" : ` at ${mount?.mountPath}`;
    return `${at(hostPath, "type")} ${path}${where}`;
  });
}
