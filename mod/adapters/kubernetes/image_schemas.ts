import { mayNameImages } from "../../pure/objects/image_schema.ts";
import type { ServedKind } from "../../pure/objects/kind.ts";
import { fieldsOf, itemsOf, textOf } from "../../pure/objects/raw_value.ts";
import { ApiError } from "./api_error.ts";
import type { KubernetesClient } from "./client.ts";

/** The most documents that are read: a cluster has one for each version of a group. */
const MAX_DOCUMENTS = 300;
/** The longest one that is read; the largest public ones have 3 MB. */
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * Tells from the API server's schemas which kinds may name images in their objects:
 * https://kubernetes.io/docs/concepts/overview/kubernetes-api/#openapi-v3
 */
export class ImageSchemas {
  readonly #client: KubernetesClient;
  /** Kinds whose objects may name images, by the address of their document, which has its hash. */
  #known: ReadonlyMap<string, ReadonlySet<string>> = new Map();

  constructor(client: KubernetesClient) {
    this.#client = client;
  }

  /** Those of the kinds whose objects may name images. Throws what the client throws. */
  async among(kinds: readonly ServedKind[], signal: AbortSignal): Promise<ServedKind[]> {
    if (kinds.length === 0) return [];
    const { paths } = fieldsOf(await this.#client.request("/openapi/v3", { signal }));
    const known = new Map<string, ReadonlySet<string>>();
    const found: ServedKind[] = [];
    const byVersion = Map.groupBy(kinds, ({ group, version }) => `apis/${group}/${version}`);
    for (const [at, ofVersion] of [...byVersion].slice(0, MAX_DOCUMENTS)) {
      const address = textOf(fieldsOf(fieldsOf(paths)[at])["serverRelativeURL"]);
      if (address === undefined) continue;
      const named = this.#known.get(address) ?? await this.#read(address, signal);
      known.set(address, named);
      found.push(...ofVersion.filter(({ kind }) => named.has(kind)));
    }
    this.#known = known;
    return found;
  }

  async #read(address: string, signal: AbortSignal): Promise<ReadonlySet<string>> {
    try {
      const document = await this.#client.request(address, { signal, maxBytes: MAX_BYTES });
      return kindsNamingImages(document);
    } catch (error) {
      // The server itself answers for all; one document that it cannot give is not looked at.
      if (error instanceof ApiError && error.status !== 429) return new Set();
      throw error;
    }
  }
}

function kindsNamingImages(document: unknown): ReadonlySet<string> {
  const { schemas } = fieldsOf(fieldsOf(document)["components"]);
  const kinds = new Set<string>();
  for (const schema of Object.values(fieldsOf(schemas)).map(fieldsOf)) {
    const names = itemsOf(schema["x-kubernetes-group-version-kind"]).map(fieldsOf)
      .map(({ kind }) => textOf(kind)).filter((kind) => kind !== undefined);
    if (names.length > 0 && mayNameImages(schema)) {
      for (const kind of names) kinds.add(kind);
    }
  }
  return kinds;
}
