import { type Decoded, isRecord } from "../bucket/decode.ts";
import { bytesOfBase64 } from "./base64.ts";
import type { RegistryLogin } from "./registry_login.ts";
import { parsePattern } from "./registry_pattern.ts";
import { SecretText } from "./secret_text.ts";

/** Logins by what they serve, as Docker keeps them. */
export interface DockerConfig {
  readonly entries: readonly DockerConfigEntry[];
  /** Entries that cannot be used, and why; with nothing of what they hold. */
  readonly faults: readonly string[];
  /** It names programs of Docker's that would give further logins: these are not run. */
  readonly namesHelpers: boolean;
}

/** One login. */
export interface DockerConfigEntry {
  /** What it serves, as it is written, such as `https://index.docker.io/v1/`. */
  readonly serves: string;
  readonly login: RegistryLogin;
}

/**
 * Reads Docker's config.json (`kubernetes.io/dockerconfigjson`), or the older .dockercfg
 * (`kubernetes.io/dockercfg`), which is what stands below `auths` alone. A fault tells nothing of the
 * content. Never throws.
 */
export function readDockerConfig(text: string): Decoded<DockerConfig> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    // What the engine says of it quotes the text.
    return { fault: text.trim() === "" ? "it is empty" : "it is not JSON" };
  }
  if (!isRecord(parsed)) return { fault: "it is not an object in JSON" };
  const named = Object.keys(parsed).findLast((key) => key.toLowerCase() === "auths");
  const auths = named === undefined ? parsed : parsed[named] ?? {};
  if (!isRecord(auths)) return { fault: "auths is not an object" };
  const read = Object.entries(auths).map(([serves, entry], at) => readEntry(serves, entry, at));
  const namesHelpers = Boolean(parsed["credsStore"]) ||
    isRecord(parsed["credHelpers"]) && Object.keys(parsed["credHelpers"]).length > 0;
  return {
    value: {
      entries: read.flatMap((each) => each && "value" in each ? [each.value] : []),
      faults: read.flatMap((each) => each && "fault" in each ? [each.fault] : []),
      namesHelpers,
    },
  };
}

/** Undefined: there is no login in it, as where a helper of Docker's keeps it. */
function readEntry(
  serves: string,
  entry: unknown,
  at: number,
): Decoded<DockerConfigEntry> | undefined {
  // Settings that stand beside the entries of a .dockercfg, or in a config.json without auths.
  if (!isRecord(entry)) return undefined;
  const fault = (why: string) => ({ fault: `entry ${at + 1}: ${why}` });
  const { auth, username, password, identitytoken, registrytoken } = inLowercase(entry);
  const texts = { auth, username, password, identitytoken, registrytoken };
  for (const [name, value] of Object.entries(texts)) {
    if (value !== undefined && value !== null && typeof value !== "string") {
      return fault(`${name} is not a text`);
    }
  }
  const found = (login: RegistryLogin) =>
    parsePattern(serves)
      ? { value: { serves, login } }
      : fault("its name has no host, or no port that is a number");
  if (isText(registrytoken)) {
    // It becomes a part of a header; what refuses it there may quote it.
    return /^[\x21-\x7e]+$/.test(registrytoken)
      ? found({ type: "bearer", token: new SecretText(registrytoken) })
      : fault("registrytoken has spaces, line breaks or letters that no header takes");
  }
  if (isText(identitytoken)) {
    return found({ type: "identity", token: new SecretText(identitytoken) });
  }
  if (isText(auth)) {
    const pair = readAuth(auth);
    if (pair === undefined) return fault("auth is not USERNAME:PASSWORD in base64");
    return isNobody(...pair) ? undefined : found(passwordLogin(...pair));
  }
  const pair = [textOr(username), textOr(password)] as const;
  return isNobody(...pair) ? undefined : found(passwordLogin(...pair));
}

/** A login by name and password. */
export function passwordLogin(username: string, password: string): RegistryLogin {
  return { type: "password", username, password: new SecretText(password) };
}

/** Containerd takes these for no login at all; a registry that is shown them refuses even what is public. */
export function isNobody(username: string, password: string): boolean {
  return username === "" && password === "";
}

/** As kubelet reads it: with padding or without, in lines or not; it counts before name and password. */
function readAuth(auth: string): [username: string, password: string] | undefined {
  const bytes = bytesOfBase64(auth.trim());
  const pair = bytes && new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  const colon = pair?.indexOf(":") ?? -1;
  return pair === undefined || colon < 0
    ? undefined
    : [pair.slice(0, colon), pair.slice(colon + 1)];
}

/** For Go's JSON, and so for Docker and kubelet, `Username` is `username`; the last of both counts. */
function inLowercase(entry: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(entry).map(([key, value]) => [key.toLowerCase(), value]),
  );
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function textOr(value: unknown): string {
  return isText(value) ? value : "";
}
