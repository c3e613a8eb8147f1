import { fieldsOf, textOf, textsOf } from "../../pure/objects/raw_value.ts";
import type { SecretTexts } from "../../pure/logins/login_texts.ts";
import type { RawObject } from "./watch_event.ts";

/** What is read of a Secret. */
export interface ReadSecret {
  readonly texts: SecretTexts;
  readonly annotations: Readonly<Record<string, string>>;
  /** Names the version that was read: a write over a newer one is refused with 409. */
  readonly version: string;
}

/** Reads a Secret; values that are no base64 read as if they were not there. */
export function readSecret(raw: unknown): ReadSecret {
  const secret = fieldsOf(raw);
  const metadata = fieldsOf(secret["metadata"]);
  const texts = Object.entries(textsOf(secret["data"])).flatMap(([key, data]) => {
    const text = decoded(data);
    return text === undefined ? [] : [[key, text] as const];
  });
  return {
    texts: Object.fromEntries(texts),
    annotations: textsOf(metadata["annotations"]),
    version: textOf(metadata["resourceVersion"]) ?? "",
  };
}

/** Makes a Secret to create, or, with a `version`, to patch that version with. */
export function writeSecret(
  secret: {
    readonly name: string;
    readonly namespace: string;
    readonly version?: string | undefined;
  },
  content: {
    readonly texts: SecretTexts;
    /** `null` takes one away. */
    readonly annotations: Readonly<Record<string, string | null>>;
  },
): RawObject {
  const { name, namespace, version } = secret;
  const annotations = Object.entries(content.annotations).filter(([, value]) =>
    version !== undefined || value !== null
  );
  return {
    apiVersion: "v1",
    kind: "Secret",
    type: "Opaque",
    metadata: {
      name,
      namespace,
      resourceVersion: version,
      // No label "instance": by it Argo CD may take an object for one that its application no longer
      // has, and prune it: https://argo-cd.readthedocs.io/en/stable/user-guide/resource_tracking/
      labels: { "app.kubernetes.io/managed-by": "warm-images-controller" },
      annotations: Object.fromEntries(annotations),
    },
    data: Object.fromEntries(
      Object.entries(content.texts).map(([key, text]) => [key, encoded(text)]),
    ),
  };
}

/** What is read of a workload. */
export interface ReadWorkload {
  /** Annotations of its pods. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Whether it is being deleted. */
  readonly ends: boolean;
}

/** Reads a Deployment or a StatefulSet. */
export function readWorkload(raw: unknown): ReadWorkload {
  const workload = fieldsOf(raw);
  const template = fieldsOf(fieldsOf(workload["spec"])["template"]);
  return {
    annotations: textsOf(fieldsOf(template["metadata"])["annotations"]),
    ends: textOf(fieldsOf(workload["metadata"])["deletionTimestamp"]) !== undefined,
  };
}

function encoded(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

function decoded(data: string): string | undefined {
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(data), (sign) => sign.charCodeAt(0)));
  } catch {
    return undefined;
  }
}
