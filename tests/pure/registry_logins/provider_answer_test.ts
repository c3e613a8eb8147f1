import { assert, assertEquals } from "@std/assert";
import type { CredentialProvider } from "../../../mod/pure/registry_logins/credential_provider.ts";
import { loginsFor } from "../../../mod/pure/registry_logins/login_match.ts";
import {
  type ProviderAnswer,
  providerRequest,
  readAnswer,
} from "../../../mod/pure/registry_logins/provider_answer.ts";

const V1 = "credentialprovider.kubelet.k8s.io/v1";
const PROVIDER: CredentialProvider = {
  name: "plugin",
  apiVersion: V1,
  matchImages: [],
  defaultCacheMs: 720_000,
  args: [],
  env: {},
};

// As the plugins of these clouds write it: cloud-provider-aws, cloud-provider-gcp, cloud-provider-azure.
const ECR_HOST = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";
const CLOUDS = [
  {
    cloud: "ECR",
    text: `{"kind":"CredentialProviderResponse","apiVersion":"${V1}","cacheKeyType":"Registry",` +
      `"cacheDuration":"5h59m59.5s","auth":{"${ECR_HOST}":{"username":"AWS","password":"eyJw"}}}\n`,
    image: `${ECR_HOST}/team/app`,
    logins: ["AWS:eyJw"],
    countsFor: "Registry",
    cacheMs: 21_599_500,
  },
  {
    cloud: "Artifact Registry",
    text: `{"kind":"CredentialProviderResponse","apiVersion":"${V1}","cacheKeyType":"Image",` +
      `"cacheDuration":"0s","auth":{"*.gcr.io":{"username":"_token","password":"ya29"},` +
      `"*.pkg.dev":{"username":"_token","password":"ya29"},` +
      `"container.cloud.google.com":{"username":"_token","password":"ya29"},` +
      `"gcr.io":{"username":"_token","password":"ya29"}}}`,
    image: "europe-docker.pkg.dev/project/repository/app",
    logins: ["_token:ya29"],
    countsFor: "Image",
    cacheMs: 0,
  },
  {
    // It adds what stands for "without a login", which is none.
    cloud: "ACR",
    text: `{"kind":"CredentialProviderResponse","apiVersion":"${V1}","cacheKeyType":"Registry",` +
      `"cacheDuration":"5m0s","auth":{"*.azurecr.*":{"username":"","password":""},` +
      `"company.azurecr.io":{"username":"00000000-0000-0000-0000-000000000000","password":"eyJ0"}}}`,
    image: "company.azurecr.io/app",
    logins: ["00000000-0000-0000-0000-000000000000:eyJ0"],
    countsFor: "Registry",
    cacheMs: 300_000,
  },
] as const;

for (const { cloud, text, image, logins, countsFor, cacheMs } of CLOUDS) {
  Deno.test(`the answer of the plugin for ${cloud} is understood`, () => {
    const answer = read(text);
    assertEquals(loginTexts(answer, image), [...logins]);
    assertEquals(loginTexts(answer, "registry.example/app"), []);
    assertEquals([answer.countsFor, answer.cacheMs], [countsFor, cacheMs]);
  });
}

Deno.test("a plugin is asked about a repository in its own version", () => {
  assertEquals(JSON.parse(providerRequest(PROVIDER, "quay.io/team/app")), {
    apiVersion: V1,
    kind: "CredentialProviderRequest",
    image: "quay.io/team/app",
  });
});

Deno.test("an answer that says no duration counts as the configuration says", () => {
  assertEquals(read(answer({})).cacheMs, 720_000);
  assertEquals(read(answer({ cacheDuration: null })).cacheMs, 720_000);
  assertEquals(read(answer({ cacheDuration: "-5m" })).cacheMs, 0);
});

Deno.test("a plugin may have no login", () => {
  for (const auth of [undefined, null, {}, { "a.example": null }, { "a.example": {} }]) {
    assertEquals(read(answer({ auth })).entries, []);
  }
});

for (
  const [text, fault] of [
    ["", "it answered nothing"],
    [" \n", "it answered nothing"],
    ["hunter2", "its answer is not JSON"],
    ['{"auth":{"a":{"password":"hunter2', "its answer is not JSON"],
    ["[]", "see"],
    [answer({ kind: "CredentialProviderRequest" }), "see kind"],
    [answer({ cacheKeyType: "hunter2" }), "see cacheKeyType"],
    [answer({ cacheKeyType: undefined }), "see cacheKeyType"],
    [answer({ cacheDuration: 300 }), "see cacheDuration"],
    [answer({ auth: { hunter2: "hunter2" } }), "see auth"],
    [answer({ auth: { a: { username: "a", password: ["hunter2"] } } }), "see auth"],
    [answer({ apiVersion: "hunter2/v1" }), `not of ${V1}`],
  ] as const
) {
  Deno.test(`"${text.slice(0, 60)}" is no answer, and nothing of it is told`, () => {
    const result = readAnswer(PROVIDER, text);
    assert("fault" in result);
    assert(result.fault.includes(fault), result.fault);
    assert(!result.fault.includes("hunter2"), result.fault);
  });
}

function answer(change: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({
    apiVersion: V1,
    kind: "CredentialProviderResponse",
    cacheKeyType: "Image",
    auth: {},
    ...change,
  });
}

function read(text: string): ProviderAnswer {
  const result = readAnswer(PROVIDER, text);
  if ("fault" in result) throw new Error(result.fault);
  return result.value;
}

function loginTexts({ entries }: ProviderAnswer, name: string): string[] {
  return loginsFor(entries, name).map((login) =>
    login.type === "password" ? `${login.username}:${login.password.reveal()}` : login.type
  );
}
