import { assert, assertEquals } from "@std/assert";
import {
  type CredentialProviders,
  isAskedAbout,
  readProviders,
} from "../../../mod/pure/registry_logins/credential_provider.ts";

const ECR = {
  name: "ecr-credential-provider",
  matchImages: ["*.dkr.ecr.*.amazonaws.com", "public.ecr.aws"],
  defaultCacheDuration: "12h",
  apiVersion: "credentialprovider.kubelet.k8s.io/v1",
};

// What clouds write on their nodes.
const EKS = config([ECR]);
const GKE = config([{
  name: "auth-provider-gcp",
  apiVersion: "credentialprovider.kubelet.k8s.io/v1",
  matchImages: ["container.cloud.google.com", "gcr.io", "*.gcr.io", "*.pkg.dev"],
  args: ["get-credentials", "--v=3"],
  env: [{ name: "HTTPS_PROXY", value: "http://proxy.example:3128" }, { name: "EMPTY" }],
  defaultCacheDuration: "1m",
}]);
const AKS = config([{
  name: "acr-credential-provider",
  matchImages: ["*.azurecr.io", "*.azurecr.cn", "*.azurecr.de", "*.azurecr.us"],
  defaultCacheDuration: "10m",
  apiVersion: "credentialprovider.kubelet.k8s.io/v1",
  args: ["/etc/kubernetes/azure.json"],
}], "kubelet.config.k8s.io/v1alpha1");

for (
  const [cloud, document, asked, other] of [
    ["EKS", EKS, "123456789012.dkr.ecr.eu-west-1.amazonaws.com/app", "docker.io/library/nginx"],
    ["EKS", EKS, "public.ecr.aws/team/app", "public.ecr.aws.attacker.example/team/app"],
    ["GKE", GKE, "europe-docker.pkg.dev/project/repository/app", "pkg.dev/app"],
    ["AKS", AKS, "company.azurecr.io/app", "company.azurecr.io.attacker.example/app"],
  ] as const
) {
  Deno.test(`the plugin of ${cloud} is asked about ${asked}, not about ${other}`, () => {
    const { providers, faults } = read(document);
    assertEquals(faults, []);
    assertEquals(providers.map((each) => isAskedAbout(each, asked)), [true]);
    assertEquals(providers.map((each) => isAskedAbout(each, other)), [false]);
  });
}

Deno.test("arguments, environment and duration of a plugin are read", () => {
  const [provider] = read(GKE).providers;
  assertEquals(provider?.args, ["get-credentials", "--v=3"]);
  const env = Object.entries(provider?.env ?? {}).map(([name, value]) => [name, value.reveal()]);
  assertEquals(env, [["HTTPS_PROXY", "http://proxy.example:3128"], ["EMPTY", ""]]);
  assert(!Deno.inspect(provider, { depth: 9 }).includes("proxy.example"), "it does not show");
  assertEquals(provider?.defaultCacheMs, 60_000);
});

for (
  const [text, ms] of [["0s", 0], ["0", 0], ["+5m", 300_000], ["1h30m", 5_400_000], [
    ".5s",
    500,
  ]] as const
) {
  Deno.test(`${text} is a duration, as for Go`, () => {
    const [provider] = read(config([{ ...ECR, defaultCacheDuration: text }])).providers;
    assertEquals(provider?.defaultCacheMs, ms);
  });
}

for (const version of ["v1", "v1beta1", "v1alpha1"]) {
  Deno.test(`configuration and plugin may be of ${version}`, () => {
    const apiVersion = `credentialprovider.kubelet.k8s.io/${version}`;
    const document = config([{ ...ECR, apiVersion }], `kubelet.config.k8s.io/${version}`);
    assertEquals(read(document).providers[0]?.apiVersion, apiVersion);
  });
}

for (
  const [change, fault] of [
    [{ name: "" }, "provider 1: its name is no name of a file"],
    [{ name: "../sh" }, "provider 1: its name is no name of a file"],
    [{ name: ".." }, "provider 1: its name is no name of a file"],
    [{ name: "a b" }, "provider 1: its name is no name of a file"],
    [{ name: 7 }, "provider 1: its name is no name of a file"],
    [{ apiVersion: "v1" }, "apiVersion is none of"],
    [{ matchImages: [] }, "matchImages is no list of texts"],
    [{ matchImages: "*" }, "matchImages is no list of texts"],
    [{ matchImages: ["/path"] }, "one of matchImages names no host"],
    [{ defaultCacheDuration: undefined }, "defaultCacheDuration is no duration such as 12h"],
    [{ defaultCacheDuration: "-1m" }, "defaultCacheDuration is no duration such as 12h"],
    [{ defaultCacheDuration: 12 }, "defaultCacheDuration is no duration such as 12h"],
    [{ args: "hunter2" }, "args is no list of texts"],
    [{ args: ["hunter2\0"] }, "args is no list of texts"],
    [{ env: { A: "hunter2" } }, "env is no list"],
    [{ env: [{ name: "A=B", value: "hunter2" }] }, "env is no list of names and values"],
    [{ env: [{ value: "hunter2" }] }, "env is no list of names and values"],
    [{ env: [{ name: "A", value: 2 }] }, "env is no list of names and values"],
    [
      { env: [{ name: "LD_LIBRARY_PATH", value: "hunter2" }] },
      "it sets LD_LIBRARY_PATH, which this program may not hand on",
    ],
    [
      {
        tokenAttributes: {
          serviceAccountTokenAudience: "registry.example",
          requireServiceAccount: true,
          cacheType: "ServiceAccount",
        },
      },
      "(tokenAttributes), which only kubelet has",
    ],
  ] as const
) {
  Deno.test(`a provider with ${JSON.stringify(change)} is left out and named, others are used`, () => {
    const { providers, faults } = read(config([{ ...ECR, ...change }, { ...ECR, name: "other" }]));
    assertEquals(providers.map(({ name }) => name), ["other"]);
    assertEquals(faults.length, 1);
    assert(faults[0]?.includes(fault), faults[0]);
    assert(!faults[0]?.includes("hunter2"), faults[0]);
  });
}

Deno.test("documents are taken in order, and a name counts once", () => {
  const read = readProviders([config([ECR]), config([{ ...ECR, args: ["b"] }]), config([])]);
  assert("value" in read);
  assertEquals(read.value.providers.map(({ args }) => args), [[]]);
  assertEquals(read.value.faults, [
    'provider "ecr-credential-provider": another one before it has this name',
  ]);
});

Deno.test("fields of a later Kubernetes do no harm", () => {
  assertEquals(read(config([{ ...ECR, laterField: { a: 1 } }])).faults, []);
});

for (
  const document of [
    undefined,
    "text",
    [],
    { kind: "CredentialProviderConfig", providers: [ECR] },
    { ...config([ECR]), kind: "KubeletConfiguration" },
    { ...config([ECR]), apiVersion: "kubelet.config.k8s.io/v2" },
    { ...config([ECR]), providers: { a: ECR } },
  ]
) {
  Deno.test(`${JSON.stringify(document)?.slice(0, 70)} is no configuration`, () => {
    assert("fault" in readProviders([document]));
  });
}

function config(providers: readonly unknown[], apiVersion = "kubelet.config.k8s.io/v1") {
  return { apiVersion, kind: "CredentialProviderConfig", providers };
}

function read(document: unknown): CredentialProviders {
  const result = readProviders([document]);
  if ("fault" in result) throw new Error(result.fault);
  return result.value;
}
