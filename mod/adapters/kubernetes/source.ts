import { runAll } from "../../async/run_all.ts";
import type { Conditions } from "../../ports/conditions.ts";
import type { Logger } from "../../ports/logger.ts";
import type { Metrics } from "../../ports/metrics.ts";
import type { Observation, WantsSource } from "../../ports/wants_source.ts";
import { type Kind, kindName } from "../../pure/objects/kind.ts";
import type { KindChoice } from "../../pure/objects/kind_choice.ts";
import type { KubernetesClient } from "./client.ts";
import { KindRecords } from "./kind_records.ts";
import { type KindTarget, targetOf, targetsIn } from "./kind_target.ts";
import { followKind, type FollowTuning, type KindChange } from "./follow_kind.ts";

/** What the source needs beside its client. */
export interface KubernetesSourceOptions {
  /** Kinds to follow; those that say where pods may run always are. */
  readonly kinds: KindChoice;
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

/** Follows the objects of an API server. */
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
  /** Changed records of a list that goes on: `changed` is called once, at its end. */
  unreported: number;
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
    this.#followed = kinds.builtIn.flatMap((kind) => {
      const targets = namespaces === undefined ? [targetOf(kind)] : targetsIn(namespaces, kind);
      return targets.map((target) => this.#newFollowed(kind, target));
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
    return {
      synced: this.#followed.every((each) => each.records.synced || each.state === "refused"),
      unread: new Set(
        this.#followed.filter((each) => !each.records.synced).map(unreadName),
      ),
      kinds: this.#listedKinds(),
      records: {
        *[Symbol.iterator]() {
          for (const { records } of listed) yield* records.records();
        },
      },
      faults: this.#followed.flatMap(({ records }) => records.faults),
    };
  }

  #newFollowed(kind: Kind, target: KindTarget): FollowedKind {
    return {
      name: kindName(kind),
      target,
      records: new KindRecords(kind),
      state: "starting",
      reason: `${target.resource} not listed yet`,
      unreported: 0,
    };
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
    const options = { signal, logger, metrics, random, tuning };
    for await (const change of followKind(this.#client, followed.target, options)) {
      if (signal.aborted) break;
      const cause = this.#apply(followed, change);
      if (cause !== undefined) changed(cause);
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
    const first = !followed.records.synced;
    const forgotten = followed.records.finishList();
    const news = first || forgotten || followed.unreported > 0;
    followed.unreported = 0;
    this.#setState(followed, "connected", "");
    return news ? `${followed.name} listed` : undefined;
  }

  /**
   * Records stay. The observation can be in sync without a kind that may not be read, also while
   * that is not refused but fails: only a list makes it known.
   */
  #down(followed: FollowedKind, reason: string, refused: boolean): string | undefined {
    const news = followed.unreported > 0 || (refused && followed.state === "starting");
    followed.unreported = 0;
    const mayNotBeRead = !followed.records.synced && (refused || followed.state === "refused");
    this.#setState(followed, mayNotBeRead ? "refused" : "down", reason);
    return news ? `${followed.name} interrupted` : undefined;
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
