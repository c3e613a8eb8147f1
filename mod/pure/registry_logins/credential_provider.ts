import { type Decoded, isRecord } from "../bucket/decode.ts";
import { parseGoDuration } from "../go_duration.ts";
import { parseMatchImage, type RegistryPattern, servesRepository } from "./registry_pattern.ts";
import { SecretText } from "./secret_text.ts";

/** A credential provider plugin, as kubelet's CredentialProviderConfig names it. */
export interface CredentialProvider {
  /** Also the name of its program in the folder of plugins. */
  readonly name: string;
  /** Of requests and answers: `credentialprovider.kubelet.k8s.io/v1`. */
  readonly apiVersion: string;
  readonly matchImages: readonly RegistryPattern[];
  /** How long an answer counts that does not say so itself, in ms. */
  readonly defaultCacheMs: number;
  readonly args: readonly string[];
  /** Its whole environment, in which there may be keys of a cloud. */
  readonly env: Readonly<Record<string, SecretText>>;
}

/** What a configuration says. */
export interface CredentialProviders {
  readonly providers: readonly CredentialProvider[];
  /** Providers that cannot be used, by name, and why. */
  readonly faults: readonly string[];
}

const CONFIG_VERSIONS = new Set(
  ["v1", "v1beta1", "v1alpha1"].map((v) => `kubelet.config.k8s.io/${v}`),
);
const PLUGIN_VERSIONS = new Set(
  ["v1", "v1beta1", "v1alpha1"].map((v) => `credentialprovider.kubelet.k8s.io/${v}`),
);

/**
 * Reads documents of kind CredentialProviderConfig, one of each file in the order of their names, by
 * kubelet's rules (pkg/credentialprovider/plugin/config.go). Unlike kubelet, which does not start, it
 * goes on with the providers that are right, and with fields of later versions. Values of `env` and
 * `args` may be secrets: no fault shows them. Never throws.
 */
export function readProviders(documents: readonly unknown[]): Decoded<CredentialProviders> {
  const providers: CredentialProvider[] = [];
  const faults: string[] = [];
  const names = new Set<string>();
  for (const document of documents) {
    const entries = entriesOf(document);
    if ("fault" in entries) return entries;
    for (const [at, entry] of entries.value.entries()) {
      const read = readProvider(entry, at);
      if ("fault" in read) faults.push(read.fault);
      else if (names.has(read.value.name)) {
        faults.push(`provider "${read.value.name}": another one before it has this name`);
      } else {
        names.add(read.value.name);
        providers.push(read.value);
      }
    }
  }
  return { value: { providers, faults } };
}

/** Whether kubelet would ask this plugin about a repository (`repositoryName()`). */
export function isAskedAbout(provider: CredentialProvider, name: string): boolean {
  return provider.matchImages.some((pattern) => servesRepository(pattern, name));
}

function entriesOf(document: unknown): Decoded<readonly unknown[]> {
  if (!isRecord(document) || document["kind"] !== "CredentialProviderConfig") {
    return { fault: "it is not of kind CredentialProviderConfig" };
  }
  if (!CONFIG_VERSIONS.has(String(document["apiVersion"]))) {
    return { fault: `its apiVersion is none of ${[...CONFIG_VERSIONS].join(", ")}` };
  }
  const providers = document["providers"] ?? [];
  return Array.isArray(providers) ? { value: providers } : { fault: "providers is not a list" };
}

function readProvider(entry: unknown, at: number): Decoded<CredentialProvider> {
  if (!isRecord(entry)) return { fault: `provider ${at + 1}: it is not an object` };
  const { name, apiVersion, matchImages, defaultCacheDuration, tokenAttributes } = entry;
  if (!isText(name) || /[\/\s\0]|^\.{0,2}$/.test(name)) {
    return { fault: `provider ${at + 1}: its name is no name of a file` };
  }
  const fault = (why: string) => ({ fault: `provider "${name}": ${why}` });
  if (!isText(apiVersion) || !PLUGIN_VERSIONS.has(apiVersion)) {
    return fault(`apiVersion is none of ${[...PLUGIN_VERSIONS].join(", ")}`);
  }
  if (tokenAttributes !== undefined && tokenAttributes !== null) {
    return fault(
      "it takes a token of each pod's service account (tokenAttributes), which only kubelet has",
    );
  }
  if (!isTexts(matchImages) || matchImages.length === 0) {
    return fault("matchImages is no list of texts");
  }
  const patterns = matchImages.map(parseMatchImage);
  if (!patterns.every((each) => each !== undefined)) {
    return fault("one of matchImages names no host");
  }
  const defaultCacheMs = isText(defaultCacheDuration)
    ? parseGoDuration(defaultCacheDuration)
    : undefined;
  if (defaultCacheMs === undefined) return fault("defaultCacheDuration is no duration such as 12h");
  const args = entry["args"] ?? [];
  if (!isTexts(args) || args.some((each) => each.includes("\0"))) {
    return fault("args is no list of texts");
  }
  const env = readEnv(entry["env"] ?? []);
  if ("fault" in env) return fault(env.fault);
  return {
    value: { name, apiVersion, matchImages: patterns, defaultCacheMs, args, env: env.value },
  };
}

/** The last one of a name counts, as in Go's os/exec. */
function readEnv(list: unknown): Decoded<CredentialProvider["env"]> {
  if (!Array.isArray(list)) return { fault: "env is no list" };
  const env: Record<string, SecretText> = {};
  for (const each of list) {
    const { name, value = "" } = isRecord(each) ? each : {};
    if (!isText(name) || /[=\0]/.test(name) || typeof value !== "string" || value.includes("\0")) {
      return { fault: "env is no list of names and values" };
    }
    // Deno takes them for a right to run anything: https://docs.deno.com/runtime/fundamentals/security
    if (/^(LD|DYLD)_/.test(name)) {
      return { fault: `it sets ${name}, which this program may not hand on: link it statically` };
    }
    env[name] = new SecretText(value);
  }
  return { value: env };
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
}
