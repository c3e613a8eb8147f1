import { Wake } from "../../async/wake.ts";
import type { Logger } from "../../ports/logger.ts";
import { type Backoff, backoffMs, jittered } from "../../pure/backoff.ts";
import type { ServedKind } from "../../pure/objects/kind.ts";
import { kindNameOf } from "../../pure/objects/kinds.ts";
import type { NotFollowedKind } from "../../pure/objects/not_followed.ts";
import { fieldsOf, itemsOf } from "../../pure/objects/raw_value.ts";
import { messageOf } from "../../pure/message_of.ts";
import { withoutUnset } from "../../pure/without_unset.ts";
import { ApiError } from "./api_error.ts";
import type { KubernetesClient } from "./client.ts";
import { ImageSchemas } from "./image_schemas.ts";
import { type KindTarget, mediaTypeOf, requestPath, targetOf, targetsIn } from "./kind_target.ts";
import { OWN_GROUPS } from "./own_groups.ts";

/** Counts anew after this time, in ms; also when kinds have come or gone. */
const EVERY_MS = 60 * 60_000;
const BACKOFF: Backoff = { baseMs: 10_000, maxMs: EVERY_MS };

/** What counting needs beside the client. */
export interface NotFollowedOptions {
  readonly namespaces: readonly string[] | undefined;
  readonly logger: Logger;
  readonly random: (() => number) | undefined;
  /** Called when `kinds` is known, or known anew. */
  readonly told: (kinds: readonly NotFollowedKind[]) => void;
}

/** Finds out, beside all other work, which objects name images and are of no kind that is followed. */
export class NotFollowedKinds {
  readonly #client: KubernetesClient;
  readonly #options: NotFollowedOptions;
  readonly #schemas: ImageSchemas;
  readonly #wake = new Wake();
  #candidates: readonly ServedKind[] | undefined;
  /** Undefined while it is not known. */
  kinds: readonly NotFollowedKind[] | undefined;

  constructor(client: KubernetesClient, options: NotFollowedOptions) {
    this.#client = client;
    this.#options = options;
    this.#schemas = new ImageSchemas(client);
  }

  /** Says which kinds are served and not followed, in place of those before. */
  judge(kinds: readonly ServedKind[]): void {
    this.#candidates = kinds.filter(({ group }) => !OWN_GROUPS.has(group));
    this.#wake.call("kinds changed");
  }

  /** Counts again and again until `signal` aborts, once there is something to count. */
  async follow(signal: AbortSignal): Promise<void> {
    const random = this.#options.random ?? Math.random;
    for (let failures = 0; !signal.aborted;) {
      const isDone = await this.#count(signal);
      failures = isDone ? 0 : failures + 1;
      const idleMs = isDone ? jittered(EVERY_MS, random) : backoffMs(failures, BACKOFF, random);
      await this.#wake.next({ signal, idleMs, quietMs: 200, maxMs: 5_000 });
    }
  }

  /** Returns whether it came to an end; what was known stays where it did not. */
  async #count(signal: AbortSignal): Promise<boolean> {
    if (this.#candidates === undefined) return true;
    try {
      const kinds: NotFollowedKind[] = [];
      for (const served of await this.#schemas.among(this.#candidates, signal)) {
        const count = await this.#countOf(served, signal);
        if (count !== 0) kinds.push(withoutUnset({ kind: kindNameOf(served), count }));
      }
      this.#tell(kinds);
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      const reason = messageOf(error);
      this.#options.logger.debug("Could not find out what is not followed", { reason });
      this.#tell(this.kinds ?? []); // nobody is to wait for it
      return false;
    }
  }

  #tell(kinds: readonly NotFollowedKind[]): void {
    this.kinds = kinds;
    this.#options.told(kinds);
  }

  /** Undefined where it may not be known. */
  async #countOf(served: ServedKind, signal: AbortSignal): Promise<number | undefined> {
    const { namespaces } = this.#options;
    const kind = { ...served, metadataOnly: true };
    if (namespaces !== undefined && !served.namespaced) return undefined;
    const targets = namespaces === undefined ? [targetOf(kind)] : targetsIn(namespaces, kind);
    let sum = 0;
    for (const target of targets) {
      const count = await this.#countAt(target, signal);
      if (count === undefined) return undefined;
      sum += count;
    }
    return sum;
  }

  async #countAt(target: KindTarget, signal: AbortSignal): Promise<number | undefined> {
    try {
      const path = requestPath(target, new URLSearchParams({ limit: "1" }));
      const accept = mediaTypeOf(target, "list");
      const { items, metadata } = fieldsOf(await this.#client.request(path, { signal, accept }));
      const { remainingItemCount, continue: more } = fieldsOf(metadata);
      if (typeof remainingItemCount === "number") return itemsOf(items).length + remainingItemCount;
      return more ? undefined : itemsOf(items).length;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return error.status === 404 ? 0 : undefined;
    }
  }
}
