import type { KubernetesClient } from "./client.ts";
import type { KindTarget } from "./kind_target.ts";
import { isObject, type RawObject, versionOf } from "./watch_event.ts";

/**
 * Lists a kind page by page and yields its objects one by one, so that no more than one page is
 * held. Returns the list's resource version. Throws what the client throws; after that the list
 * is worthless and must begin again.
 */
export async function* listObjects(
  client: KubernetesClient,
  target: KindTarget,
  options: {
    readonly signal: AbortSignal;
    readonly pageLimit: number;
    /** How long each page may take. */
    readonly timeoutMs: number;
  },
): AsyncGenerator<RawObject, string> {
  const { signal, pageLimit, timeoutMs } = options;
  let next: string | undefined;
  while (true) {
    const query = new URLSearchParams({ limit: String(pageLimit) });
    if (next !== undefined) query.set("continue", next);
    const page = await client.request(`${target.path}?${query}`, { signal, timeoutMs });
    if (!isObject(page) || !Array.isArray(page["items"])) {
      throw new Error(`Cannot list ${target.resource}: the answer is no list`);
    }
    for (const item of page["items"]) {
      // Items carry neither kind nor apiVersion: the list has them once.
      if (isObject(item)) yield { ...item, kind: target.kind, apiVersion: target.apiVersion };
    }
    next = continueOf(page);
    if (next === undefined) return requireVersion(page, target);
  }
}

function continueOf(page: RawObject): string | undefined {
  const metadata = page["metadata"];
  const token = isObject(metadata) ? metadata["continue"] : undefined;
  return typeof token === "string" && token !== "" ? token : undefined;
}

function requireVersion(page: RawObject, target: KindTarget): string {
  const version = versionOf(page);
  if (version !== undefined) return version;
  throw new Error(`Cannot list ${target.resource}: the answer has no resourceVersion`);
}
