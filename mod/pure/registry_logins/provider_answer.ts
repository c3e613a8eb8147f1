import * as v from "valibot";
import type { Decoded } from "../bucket/decode.ts";
import { parseGoDuration } from "../go_duration.ts";
import type { CredentialProvider } from "./credential_provider.ts";
import { type DockerConfigEntry, isNobody, passwordLogin } from "./docker_config.ts";

/** Logins that a plugin has given, and for what else they count. */
export interface ProviderAnswer {
  readonly entries: readonly DockerConfigEntry[];
  /** For which images they count besides: of this repository, of this registry, or all. */
  readonly countsFor: "Image" | "Registry" | "Global";
  /** How long, in ms; 0: for one pull. */
  readonly cacheMs: number;
}

/** What a plugin is told about a repository (`repositoryName()`), on its standard input. */
export function providerRequest({ apiVersion }: CredentialProvider, name: string): string {
  return JSON.stringify({ apiVersion, kind: "CredentialProviderRequest", image: name }) + "\n";
}

const authSchema = v.object({
  username: v.nullish(v.string(), ""),
  password: v.nullish(v.string(), ""),
});
const answerSchema = v.object({
  apiVersion: v.string(),
  kind: v.literal("CredentialProviderResponse"),
  cacheKeyType: v.picklist(["Image", "Registry", "Global"]),
  cacheDuration: v.nullish(v.string()),
  auth: v.nullish(v.record(v.string(), v.nullish(authSchema, {})), {}),
});

/**
 * Reads what a plugin has answered, as `ExecPlugin` and `provide` of kubelet's
 * pkg/credentialprovider/plugin do. A fault shows nothing of the answer. Never throws.
 */
export function readAnswer(provider: CredentialProvider, text: string): Decoded<ProviderAnswer> {
  if (text.trim() === "") return { fault: "it answered nothing" };
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return { fault: "its answer is not JSON" };
  }
  const result = v.safeParse(answerSchema, parsed);
  if (!result.success) {
    // The first part of the path alone: below auth it would be names that the plugin made up.
    const at = String(result.issues[0].path?.[0]?.key ?? "all of it");
    return { fault: `its answer is no CredentialProviderResponse: see ${at}` };
  }
  const { apiVersion, cacheKeyType, cacheDuration, auth } = result.output;
  if (apiVersion !== provider.apiVersion) {
    return { fault: `its answer is not of ${provider.apiVersion}, as its configuration says` };
  }
  const entries = Object.entries(auth).flatMap(([serves, { username, password }]) =>
    // AKS' plugin names registries that it has no login for in this way.
    isNobody(username, password) ? [] : [{ serves, login: passwordLogin(username, password) }]
  );
  // What is no time in the future counts for one pull.
  const cacheMs = typeof cacheDuration === "string"
    ? parseGoDuration(cacheDuration) ?? 0
    : provider.defaultCacheMs;
  return { value: { entries, countsFor: cacheKeyType, cacheMs } };
}
