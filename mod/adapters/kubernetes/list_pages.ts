import { delay } from "../../async/delay.ts";
import type { Backoff } from "../../pure/backoff.ts";
import type { KubernetesClient } from "./client.ts";
import { type KindTarget, mediaTypeOf, requestPath } from "./kind_target.ts";
import { isObject, type RawObject, versionOf } from "./watch_event.ts";
import { judgeTrouble, retryMs, type Trouble } from "./watch_trouble.ts";

/** How a list is read. */
export interface ListOptions {
  readonly signal: AbortSignal;
  readonly pageLimit: number;
  /** How long each try of a page may take. */
  readonly timeoutMs: number;
  /** How often a page after the first is asked for before the list is given up. */
  readonly pageTries: number;
  readonly backoff: Backoff;
  /** Numbers in [0, 1) for jitter. */
  readonly random: () => number;
  /** Called before a page is asked for again. */
  readonly retrying: (trouble: Trouble) => void;
}

/**
 * Lists a kind page by page and yields its objects one by one, so that no more than one page is
 * held. Returns the list's resource version. Throws what the client throws; after that the list
 * is worthless and must begin again.
 *
 * A page after the first is asked for again where that may help, because the pages before it were
 * expensive. When its continue token has expired (410) the list begins again: the server also
 * offers a token that goes on at the newest version, but changes of objects on earlier pages would
 * be missing from such a list, and from the watch that begins where it ends:
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks
 */
export async function* listObjects(
  client: KubernetesClient,
  target: KindTarget,
  options: ListOptions,
): AsyncGenerator<RawObject, string> {
  let next: string | undefined;
  while (true) {
    const page = await pageAt(next, client, target, options);
    for (const item of page.items) {
      // Items carry neither kind nor apiVersion: the list has them once.
      if (isObject(item)) yield { ...item, kind: target.kind, apiVersion: target.apiVersion };
    }
    next = page.next;
    if (next === undefined) return page.version;
  }
}

/** The resource version that the server has now; reads one object at most. */
export async function newestVersion(
  client: KubernetesClient,
  target: KindTarget,
  options: { readonly signal: AbortSignal; readonly timeoutMs: number },
): Promise<string> {
  return (await requestPage(undefined, client, target, { ...options, pageLimit: 1 })).version;
}

interface Page {
  readonly items: readonly unknown[];
  readonly version: string;
  /** Continue token of the page after it. */
  readonly next: string | undefined;
}

async function pageAt(
  token: string | undefined,
  client: KubernetesClient,
  target: KindTarget,
  options: ListOptions,
): Promise<Page> {
  const { signal, pageTries, backoff, random, retrying } = options;
  for (let tried = 1;; tried++) {
    try {
      return await requestPage(token, client, target, options);
    } catch (error) {
      signal.throwIfAborted();
      const trouble = judgeTrouble(error, "list", target);
      const givesUp = token === undefined || tried >= pageTries;
      if (givesUp || trouble.refused || trouble.relist) throw error;
      retrying(trouble);
      await delay(retryMs(trouble, tried, backoff, random), { signal });
    }
  }
}

async function requestPage(
  token: string | undefined,
  client: KubernetesClient,
  target: KindTarget,
  options: Pick<ListOptions, "signal" | "pageLimit" | "timeoutMs">,
): Promise<Page> {
  const { signal, pageLimit, timeoutMs } = options;
  const query = new URLSearchParams({ limit: String(pageLimit) });
  if (token !== undefined) query.set("continue", token);
  const accept = mediaTypeOf(target, "list");
  const page = await client.request(requestPath(target, query), { signal, timeoutMs, accept });
  if (!isObject(page) || !Array.isArray(page["items"])) {
    throw new Error(`Cannot list ${target.resource}: the answer is no list`);
  }
  return { items: page["items"], version: requireVersion(page, target), next: continueOf(page) };
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
