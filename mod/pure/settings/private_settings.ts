import { KEPT_MODES, type KeptMode } from "../private_images/private_mode.ts";
import type { Reading, SettingRule, SettingTable, ValueType } from "./settings_table.ts";
import { absolutePath, list, text } from "./settings_values.ts";

/** Which private images are kept warm, and by which pull secrets. */
export const PRIVATE_TABLE = {
  modes: {
    flag: "private-modes",
    group: "Private images",
    help:
      "What namespaces may ask for by warm-images/private, of bytes and open; without that mark, " +
      "or with off, their private images are not wanted",
    type: modes(),
    fallback: "bytes",
  },
  openRegistries: {
    flag: "open-registries",
    group: "Private images",
    help: "Hosts of registries whose private images may be open on a node, as public ones are, " +
      "where their namespace asks for that; names or globs",
    type: list("HOSTS", readHost),
    fallback: "",
  },
  pullSecrets: {
    flag: "pull-secrets",
    group: "Private images",
    help: "Secrets that may be read and given to nodes whose pods name them, as NAMESPACE/NAME; " +
      "none with manifests",
    type: list("SECRETS", readSecretName),
    fallback: "",
  },
  agentAccount: {
    flag: "agent-account",
    group: "Private images",
    help: "Service account of the agents, as NAMESPACE/NAME: only by its tokens are nodes known",
    type: text("ACCOUNT", {
      pattern: /^[a-z0-9][a-z0-9-]*\/[a-z0-9][a-z0-9.-]*$/,
      fault: "must be NAMESPACE/NAME of a service account",
    }),
  },
  nodeKeys: {
    flag: "node-keys",
    group: "Private images",
    help: "Keys of nodes without a service account token, as NODE=SHA256:…, which their agent logs",
    type: list("KEYS", readNodeKey),
    fallback: "",
  },
} as const satisfies SettingTable;

/** Where a node's own logins come from, and how it proves which node it is. */
export const LOGIN_TABLE = {
  file: {
    flag: "registry-logins",
    group: "Private images",
    help: "File of logins at registries, as Docker's config.json; it is read anew when it changes",
    type: absolutePath(),
  },
  providers: {
    flag: "credential-providers",
    group: "Private images",
    help: "kubelet's file or folder for --image-credential-provider-config, to run its plugins",
    type: absolutePath(),
  },
  providerDir: {
    flag: "credential-provider-dir",
    group: "Private images",
    help: "kubelet's folder of these plugins (--image-credential-provider-bin-dir)",
    type: absolutePath(),
  },
  nodeToken: {
    flag: "node-token",
    group: "Private images",
    help: "File of a projected service account token with the audience warm-images, by which the " +
      "controller knows the node and gives it pull secrets",
    type: absolutePath(),
  },
  nodeKey: {
    flag: "node-key",
    group: "Private images",
    help:
      "File of this node's own key instead, as openssl genpkey -algorithm X25519 makes it; its " +
      "fingerprint, which is logged, stands in the controller's --node-keys",
    type: absolutePath(),
  },
} as const satisfies SettingTable;

/** Like a list of them; `off`, which a variable can be as well, means none. */
function modes(): ValueType<readonly KeptMode[]> {
  const some = list<KeptMode | "off">("MODES", readMode);
  return {
    placeholder: some.placeholder,
    read(texts, from) {
      const reading = some.read(texts, from);
      return "value" in reading
        ? { value: reading.value.filter((mode) => mode !== "off") }
        : reading;
    },
  };
}

/** Plugins are found by two settings. */
export const LOGIN_RULES = [
  { flag: "credential-providers", type: "needs", others: ["credential-provider-dir"] },
  { flag: "credential-provider-dir", type: "needs", others: ["credential-providers"] },
] as const satisfies readonly SettingRule[];

function readMode(text: string): Reading<KeptMode | "off"> {
  const mode = ["off" as const, ...KEPT_MODES].find((each) => each === text.toLowerCase());
  return mode === undefined ? { fault: "must be bytes, open, both, or off" } : { value: mode };
}

/**
 * A host as canonical references have it, or a glob. What has a path or a scheme would match none, and
 * whoever wrote it wonder why nothing is open.
 */
function readHost(text: string): Reading<string> {
  if (/[/\s]/.test(text)) {
    return { fault: "must be hosts, such as registry.example:5000, or globs" };
  }
  return { value: text.toLowerCase() === "index.docker.io" ? "docker.io" : text };
}

/** A Secret by namespace and name. */
function readSecretName(text: string): Reading<{ namespace: string; name: string }> {
  const [, namespace, name] = /^([a-z0-9][a-z0-9-]*)\/([a-z0-9][a-z0-9.-]*)$/.exec(text) ?? [];
  return namespace === undefined || name === undefined
    ? { fault: "must be NAMESPACE/NAME of a Secret" }
    : { value: { namespace, name } };
}

/** A node, and the SHA-256 of its public key in base64, as OpenSSH writes fingerprints. */
function readNodeKey(text: string): Reading<{ node: string; fingerprint: string }> {
  const [, node, fingerprint] = /^([a-z0-9][a-z0-9.-]*)=(SHA256:[A-Za-z0-9+/]{43})$/.exec(text) ??
    [];
  return node === undefined || fingerprint === undefined
    ? { fault: "must be NODE=SHA256:FINGERPRINT" }
    : { value: { node, fingerprint } };
}
