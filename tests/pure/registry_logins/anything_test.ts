import fc from "fast-check";
import { readProviders } from "../../../mod/pure/registry_logins/credential_provider.ts";
import { readDockerConfig } from "../../../mod/pure/registry_logins/docker_config.ts";
import { loginsFor } from "../../../mod/pure/registry_logins/login_match.ts";
import { readAnswer } from "../../../mod/pure/registry_logins/provider_answer.ts";
import {
  parsePattern,
  servesRepository,
} from "../../../mod/pure/registry_logins/registry_pattern.ts";

const V1 = "credentialprovider.kubelet.k8s.io/v1";
const PROVIDER = {
  ...{ name: "plugin", apiVersion: V1, matchImages: [], defaultCacheMs: 0 },
  ...{ args: [], env: {} },
};

/** Values as JSON has them, with the names that count among their keys. */
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom(null, true, 0, "", V1, "kubelet.config.k8s.io/v1", "CredentialProviderConfig"),
    fc.string(),
    fc.array(tie("any"), { maxLength: 3 }),
    fc.dictionary(
      fc.oneof(
        fc.constantFrom("auths", "auth", "username", "password", "identitytoken", "credHelpers"),
        fc.constantFrom("apiVersion", "kind", "providers", "env", "args", "matchImages", "name"),
        fc.string(),
      ),
      tie("any"),
      { maxKeys: 5 },
    ),
  ),
})).any;

Deno.test("whatever a login file holds, reading it does not throw", () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json(), value.map(textOf)), (text) => {
    const read = readDockerConfig(text);
    if ("value" in read) loginsFor(read.value.entries, "registry.example/team/app");
  }));
});

Deno.test("whatever a configuration of plugins holds, reading it does not throw", () => {
  fc.assert(fc.property(value, (document) => {
    readProviders([document]);
    readProviders([{ apiVersion: "kubelet.config.k8s.io/v1", kind: KIND, providers: [document] }]);
  }));
});

Deno.test("whatever a plugin answers, reading it does not throw", () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json(), value.map(textOf)), (text) => {
    readAnswer(PROVIDER, text);
  }));
});

Deno.test("a login never serves a registry of another name than its own, but for globs", () => {
  const host = fc.stringMatching(/^[a-z0-9-]{1,5}(\.[a-z0-9-]{1,5}){1,2}(:[0-9]{1,4})?$/);
  fc.assert(fc.property(host, host, fc.stringMatching(/^[a-z/]{0,5}$/), (own, other, path) => {
    const pattern = parsePattern(`https://${own}/${path}`);
    return pattern === undefined || own === other || !servesRepository(pattern, `${other}/${path}`);
  }));
});

const KIND = "CredentialProviderConfig";

function textOf(each: unknown): string {
  return JSON.stringify(each);
}
