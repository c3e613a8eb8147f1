import { runAll } from "../../async/run_all.ts";
import type { Conditions } from "../../ports/conditions.ts";
import type { Logger } from "../../ports/logger.ts";
import type { Metrics } from "../../ports/metrics.ts";
import type { Observation, WantsSource } from "../../ports/wants_source.ts";
import { kindName, kindsToRead } from "../../pure/objects/kinds.ts";
import type { KubernetesClient } from "./client.ts";
import { KindRecords } from "./kind_records.ts";
import { type KindTarget, targetOf, targetsIn } from "./kind_target.ts";
import { followKind, type FollowTuning, type KindChange } from "./follow_kind.ts";

/** What the source needs beside its client. */
export interface KubernetesSourceOptions {
  /** Names of workload kinds (`WORKLOAD_KIND_NAMES`); Namespaces and Nodes are always followed. */
  readonly kinds: readonly string[];
  /** Namespaces to read, each for itself and no other; absent: all of them at once. */
  readonly namespaces?: readonly string[] | undefined;
  readonly logger: Logger;
  /** `kubernetes`: every kind that may be read is listed and connected. */
  readonly conditions: Conditions;
  readonly metrics: Metrics;
  /** Numbers in [0, 1) for jitter. */
  readonly random?: (() => number) | undefined;
  readonly tuning?: Partial<FollowTuning> | undefined;
}

/** Follows the objects of an API server. Throws when a kind is unknown. */
export function kubernetesSource(
  client: KubernetesClient,
  options: KubernetesSourceOptions,
): WantsSource {
  return new KubernetesSource(client, options);
}

/** How many refusals a condition names: several kinds in many namespaces would fill a page. */
const MAX_REFUSALS = 10;

/** One kind that is followed, all of it or in one namespace. */
interface FollowedKind {
  readonly name: string;
  readonly target: KindTarget;
  readonly records: KindRecords;
  state: "starting" | "connected" | "down" | "refused";
  /** Why it is not connected. */
  reason: string;
  /** Ends following it, so that it begins again with a list. */
  again: AbortController;
  /** Whether objects that count were left out: until it is listed again, it is as if never read. */
  lacking: boolean;
  /** Changed records of a list that goes on: `changed` is called once, at its end. */
  unreported: number;
}

/** Whether every object of the kind that counts was listed once. */
function isRead({ records, lacking }: FollowedKind): boolean {
  return records.synced && !lacking;
}

class KubernetesSource implements WantsSource {
  readonly type = "kubernetes";
  readonly #client: KubernetesClient;
  readonly #options: KubernetesSourceOptions;
  readonly #followed: readonly FollowedKind[];
  /** Whether some kind cannot be followed although it may be. */
  #isDown = false;

  constructor(client: KubernetesClient, options: KubernetesSourceOptions) {
    this.#client = client;
    this.#options = options;
    const { kinds, namespaces } = options;
    this.#followed = kindsToRead(kinds).flatMap((kind) => {
      const targets = namespaces === undefined ? [targetOf(kind)] : targetsIn(namespaces, kind);
      return targets.map((target) => this.#newFollowed(kindName(kind), target));
    });
    this.#showCondition();
  }

  async follow(
    options: { readonly signal: AbortSignal; readonly changed: (cause: string) => void },
  ): Promise<void> {
    const { signal, changed } = options;
    const tasks = this.#followed.map((followed) => (signal: AbortSignal) =>
      this.#followKind(followed, signal, changed)
    );
    await runAll(signal, tasks);
  }

  observe(): Observation {
    const listed = this.#followed.filter(({ records }) => records.synced);
    const all = function* () {
      for (const { records } of listed) yield* records.records;
    };
    return {
      synced: this.#followed.every((each) => isRead(each) || each.state === "refused"),
      unread: new Set(
        this.#followed.filter((each) => !isRead(each)).map(unreadName),
      ),
      kinds: this.#listedKinds(),
      workloads: {
        *[Symbol.iterator]() {
          for (const each of all()) if (each.type === "workload") yield each.workload;
        },
      },
      namespaces: {
        *[Symbol.iterator]() {
          for (const each of all()) if (each.type === "namespace") yield each.namespace;
        },
      },
      nodes: {
        *[Symbol.iterator]() {
          for (const each of all()) if (each.type === "node") yield each.node;
        },
      },
      faults: this.#followed.flatMap(({ records }) => records.faults),
    };
  }

  #newFollowed(name: string, target: KindTarget): FollowedKind {
    return {
      name,
      target,
      records: new KindRecords(name, (kind) => this.#speaks(kind, target.namespace)),
      again: new AbortController(),
      lacking: false,
      state: "starting",
      reason: `${target.resource} not listed yet`,
      unreported: 0,
    };
  }

  /**
   * Whether objects of this kind speak for what they own. So do those of a kind that is not listed
   * yet, or nearly all Pods would be kept for a moment; only of one that may not be read nothing is
   * known. See `#refused`. An owner and what it owns are in the same namespace.
   */
  #speaks(name: string, namespace: string | undefined): boolean {
    return this.#followed.some(({ name: each, target, state }) =>
      each === name && target.namespace === namespace && state !== "refused"
    );
  }

  /** Kinds that are listed everywhere: one that is refused in a namespace does not speak there. */
  #listedKinds(): Set<string> {
    const kinds = new Set(this.#followed.map(({ name }) => name));
    for (const { name, records } of this.#followed) if (!records.synced) kinds.delete(name);
    return kinds;
  }

  async #followKind(
    followed: FollowedKind,
    signal: AbortSignal,
    changed: (cause: string) => void,
  ): Promise<void> {
    const { logger, metrics, random, tuning } = this.#options;
    while (!signal.aborted) {
      followed.again = new AbortController();
      const run = AbortSignal.any([signal, followed.again.signal]);
      const options = { signal: run, logger, metrics, random, tuning };
      for await (const change of followKind(this.#client, followed.target, options)) {
        if (run.aborted) break;
        const cause = this.#apply(followed, change);
        if (cause !== undefined) changed(cause);
      }
    }
  }

  /** Applies one change; returns the cause to report when it changed the observation. */
  #apply(followed: FollowedKind, change: KindChange): string | undefined {
    const { name, records } = followed;
    switch (change.type) {
      case "reset":
        records.beginList();
        return undefined;
      case "put":
      case "delete": {
        const key = change.type === "put"
          ? records.put(change.object)
          : records.delete(change.object);
        if (key === undefined) return undefined;
        if (!records.listing) return `${name} ${key} changed`;
        followed.unreported++;
        return undefined;
      }
      case "synced":
        return this.#synced(followed);
      case "up":
        this.#setState(followed, "connected", "");
        return undefined;
      case "down":
        return this.#down(followed, change.reason, change.refused);
      default:
        return change satisfies never;
    }
  }

  #synced(followed: FollowedKind): string | undefined {
    const first = !isRead(followed);
    const isBack = followed.state === "refused";
    const forgotten = followed.records.finishList();
    const news = first || forgotten || followed.unreported > 0;
    followed.unreported = 0;
    followed.lacking = false;
    this.#setState(followed, "connected", "");
    if (isBack) { for (const { records } of this.#followed) records.leaveOwned(); }
    return news ? `${followed.name} listed` : undefined;
  }

  /**
   * Records stay. The observation can be in sync without a kind that may not be read, also while
   * that is not refused but fails: only a list makes it known.
   */
  #down(followed: FollowedKind, reason: string, refused: boolean): string | undefined {
    const news = followed.unreported > 0 || (refused && followed.state === "starting");
    followed.unreported = 0;
    const mayNotBeRead = !isRead(followed) && (refused || followed.state === "refused");
    const isNew = mayNotBeRead && followed.state !== "refused";
    this.#setState(followed, mayNotBeRead ? "refused" : "down", reason);
    if (isNew) this.#refused(followed);
    return news ? `${followed.name} interrupted` : undefined;
  }

  /** What was left to a kind that cannot be read speaks for itself, and is listed again. */
  #refused({ name, target: { namespace } }: FollowedKind): void {
    for (const followed of this.#followed) {
      const { target, records } = followed;
      if (target.namespace !== namespace || !records.leftSomethingTo(name)) continue;
      followed.lacking = true;
      followed.again.abort();
    }
  }

  #setState(followed: FollowedKind, state: FollowedKind["state"], reason: string): void {
    followed.state = state;
    followed.reason = reason;
    this.#showCondition();
    this.#logOutage();
  }

  /** One line for all kinds: most outages are those of the server that they share. */
  #logOutage(): void {
    const { logger } = this.#options;
    const down = this.#followed.find(({ state }) => state === "down");
    if (down && !this.#isDown) {
      logger.warn("Could not follow the API server, trying again", { reason: down.reason });
    }
    if (!down && this.#isDown) logger.info("Reconnected to the API server");
    this.#isDown = down !== undefined;
  }

  #showCondition(): void {
    const { conditions } = this.#options;
    const outage = this.#followed.find(({ state }) => state === "starting" || state === "down");
    const refused = this.#followed.filter(({ state }) => state === "refused");
    const shown = refused.slice(0, MAX_REFUSALS);
    const reasons = [...(outage ? [outage] : []), ...shown].map(({ reason }) => reason);
    const more = refused.length - shown.length;
    if (more > 0) reasons.push(`and ${more} more that may not be read`);
    if (reasons.length === 0) conditions.set("kubernetes", true);
    else conditions.set("kubernetes", false, reasons.join("; "));
  }
}

/** As in `Observation.unread`. */
function unreadName({ name, target }: FollowedKind): string {
  return target.namespace === undefined ? name : `${name}/${target.namespace}`;
}
