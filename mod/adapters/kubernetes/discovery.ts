import type { ServedKind } from "../../pure/objects/kind.ts";
import { ApiError } from "./api_error.ts";
import type { KubernetesClient } from "./client.ts";
import {
  DISCOVERY_TYPES,
  type GroupVersion,
  readAggregated,
  readGroups,
  readResources,
} from "./discovery_answers.ts";

/** What an API server serves beside the core group. */
export interface Discovered {
  /** Kinds that can be listed and watched, each in the version that the server prefers. */
  readonly kinds: readonly ServedKind[];
  /** Groups of which it is not known what they have: an API server beside this one is down. */
  readonly silentGroups: readonly string[];
}

/** How many documents are asked for at once where the server does not tell all in one. */
const AT_ONCE = 4;

/**
 * Asks an API server which kinds it serves, in one request where it can:
 * https://kubernetes.io/docs/concepts/overview/kubernetes-api/#aggregated-discovery
 */
export class Discovery {
  readonly #client: KubernetesClient;
  #etag: string | undefined;
  /** What each group's version had the last time that it was known, by `group/version`. */
  #known: ReadonlyMap<string, readonly ServedKind[]> = new Map();
  /** The last answer as text: not every server says that it is the same. */
  #last = "";

  constructor(client: KubernetesClient) {
    this.#client = client;
  }

  /** Undefined: nothing has changed since the last answer. Throws what the client throws. */
  async ask(signal: AbortSignal): Promise<Discovered | undefined> {
    const etag = this.#etag;
    const answer = await this.#client.requestChanged("/apis", {
      signal,
      accept: DISCOVERY_TYPES,
      etag,
    });
    if (answer === undefined) return undefined;
    const told = readAggregated(answer.body) ?? await this.#askEach(answer.body, signal);
    this.#etag = answer.etag;
    const found = this.#completed(told);
    const text = JSON.stringify(found);
    if (text === this.#last) return undefined;
    this.#last = text;
    return found;
  }

  /** Before Kubernetes 1.27 each version of a group has a document of its own. */
  async #askEach(body: unknown, signal: AbortSignal): Promise<GroupVersion[]> {
    const waiting = readGroups(body).entries();
    const told: GroupVersion[] = [];
    const asking = Array.from({ length: AT_ONCE }, async () => {
      for (const [index, each] of waiting) {
        told[index] = { ...each, kinds: await this.#kindsOf(each, signal) };
      }
    });
    await Promise.all(asking);
    return told;
  }

  async #kindsOf(
    { group, version }: GroupVersion,
    signal: AbortSignal,
  ): Promise<readonly ServedKind[] | undefined> {
    try {
      const body = await this.#client.request(`/apis/${group}/${version}`, { signal });
      return readResources(body, { group, version });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return error.status === 404 ? [] : undefined; // it may have gone right now
    }
  }

  /** With what is known from before of those that do not tell now. */
  #completed(told: readonly GroupVersion[]): Discovered {
    const known = new Map<string, readonly ServedKind[]>();
    const kinds = new Map<string, ServedKind>();
    const silentGroups = new Set<string>();
    for (const { group, version, kinds: served } of told) {
      const found = served ?? this.#known.get(`${group}/${version}`);
      if (found === undefined) silentGroups.add(group);
      else known.set(`${group}/${version}`, found);
      for (const kind of found ?? []) {
        const resource = `${kind.plural}.${group}`;
        if (!kinds.has(resource)) kinds.set(resource, kind); // preferred versions come first
      }
    }
    this.#known = known;
    return { kinds: [...kinds.values()], silentGroups: [...silentGroups] };
  }
}
