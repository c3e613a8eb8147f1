import { runAll } from "../../async/run_all.ts";
import type { Conditions } from "../../ports/conditions.ts";
import type { Logger } from "../../ports/logger.ts";
import type { Metrics } from "../../ports/metrics.ts";
import type { Observation, WantsSource } from "../../ports/wants_source.ts";
import type { KindChoice } from "../../pure/objects/kind_choice.ts";
import type { LabelGate } from "../../pure/objects/label_gate.ts";
import { notFollowedText } from "../../pure/objects/not_followed.ts";
import { SharedRecords } from "../../pure/objects/shared_records.ts";
import type { Awaited } from "../../pure/wants/awaited.ts";
import { withoutUnset } from "../../pure/without_unset.ts";
import type { KubernetesClient } from "./client.ts";
import type { Discovered } from "./discovery.ts";
import type { FollowTuning } from "./follow_kind.ts";
import { FollowedKinds } from "./followed_kinds.ts";
import type { KindTarget } from "./kind_target.ts";
import { NotFollowedKinds } from "./not_followed.ts";
import { ServedKinds, type ServedTimes } from "./served_kinds.ts";
import { completesOthers, SourceConditions } from "./source_conditions.ts";
import { unreadKinds } from "./unread_kinds.ts";

/** What the source needs beside its client. */
export interface KubernetesSourceOptions {
  /** Kinds to follow; those that say where pods may run always are. */
  readonly kinds: KindChoice;
  /** Namespaces to read, each for itself and no other; absent: all of them at once. */
  readonly namespaces?: readonly string[] | undefined;
  /** How many revisions of a workload before its current one count; absent: all. */
  readonly keepRevisions?: number | undefined;
  /** Tells objects whose images new nodes wait for, by their labels; absent: these do not matter. */
  readonly isGated?: LabelGate | undefined;
  readonly logger: Logger;
  /** `kubernetes`: every kind that may be read is listed and connected. */
  readonly conditions: Conditions;
  readonly metrics: Metrics;
  /** Numbers in [0, 1) for jitter. */
  readonly random?: (() => number) | undefined;
  readonly tuning?: Partial<FollowTuning> | undefined;
  readonly times?: Partial<ServedTimes> | undefined;
}

/** Objects of an API server, and where it has them. */
export interface KubernetesWants extends WantsSource {
  /** Of a kind that is followed now, by `kindName`; with namespaces read each for itself, one of them. */
  targetOf(kind: string): KindTarget | undefined;
}

/** Follows the objects of an API server. */
export function kubernetesSource(
  client: KubernetesClient,
  options: KubernetesSourceOptions,
): KubernetesWants {
  return new KubernetesSource(client, options);
}

class KubernetesSource implements KubernetesWants {
  readonly type = "kubernetes";
  readonly #options: KubernetesSourceOptions;
  readonly #followed: FollowedKinds;
  readonly #served: ServedKinds;
  readonly #notFollowed: NotFollowedKinds;
  readonly #shown: SourceConditions;
  /** What was served when the kinds to follow were chosen last. */
  #found: Discovered | undefined;
  /** The same, for the kinds that are not followed. */
  #judged: Discovered | undefined;
  #synced = false;
  #changed: (cause: string) => void = () => {};

  constructor(client: KubernetesClient, options: KubernetesSourceOptions) {
    this.#options = options;
    const { kinds, namespaces, logger, conditions, metrics } = options;
    const { random, tuning, times, isGated, keepRevisions = Infinity } = options;
    this.#shown = new SourceConditions({ logger, conditions });
    this.#followed = new FollowedKinds(client, {
      builtIn: kinds.builtIn,
      namespaces,
      // The current one may be idle as well.
      records: { shared: new SharedRecords(), idleRevisions: keepRevisions + 1, isGated },
      logger,
      metrics,
      random,
      tuning,
      stateChanged: ({ state, name }) => {
        if (state === "absent") this.#served.doubt(`${name} is absent`);
        this.#stateChanged();
      },
    });
    this.#served = new ServedKinds(client, {
      logger,
      metrics,
      random,
      tuning,
      times,
      told: () => this.#servedTold(),
    });
    this.#notFollowed = new NotFollowedKinds(client, {
      namespaces,
      logger,
      random,
      told: (kinds) => conditions.note("kinds", notFollowedText(kinds)),
    });
    this.#stateChanged();
  }

  async follow(
    options: { readonly signal: AbortSignal; readonly changed: (cause: string) => void },
  ): Promise<void> {
    this.#changed = options.changed;
    await runAll(options.signal, [
      (signal) => this.#followed.follow(signal, options.changed),
      (signal) => this.#served.follow(signal),
      (signal) => this.#notFollowed.follow(signal),
    ]);
  }

  targetOf(kind: string): KindTarget | undefined {
    for (const { name, target } of this.#followed.all()) if (name === kind) return target;
    return undefined;
  }

  observe(): Observation {
    const followed = [...this.#followed.all()];
    const unlisted = followed.filter(({ records }) => !records.synced);
    const listed = new Set(followed.map(({ name }) => name));
    for (const { name } of unlisted) listed.delete(name);
    return {
      synced: this.#synced,
      awaited: this.#synced ? [] : this.#awaited(),
      unread: unreadKinds({
        unlisted: unlisted.filter((each) => !completesOthers(each)).map((each) => each.unreadName),
        listed,
        groups: this.#options.kinds.groups,
        found: this.#found,
      }),
      kinds: listed,
      records: {
        *[Symbol.iterator]() {
          for (const { records } of followed) if (records.synced) yield* records.records();
        },
      },
      notFollowed: this.#notFollowed.kinds,
      faults: followed.flatMap(({ records }) => records.faults),
    };
  }

  /** What is served was told, as before or anew, or could not be told. */
  #servedTold(): void {
    const { found, trouble } = this.#served;
    const [wasKnown, wasSynced] = [this.#found !== undefined, this.#synced];
    if (found !== undefined && found !== this.#found) this.#follow(found);
    if (found === undefined && trouble?.refused) this.#notFollowed.judge([]);
    this.#followed.completeRecords();
    this.#stateChanged();
    const isNews = this.#synced && (!wasSynced || (!wasKnown && found !== undefined));
    if (isNews && this.#asksForMore) this.#changed("kinds known");
  }

  #follow(found: Discovered): void {
    const { kinds, logger } = this.#options;
    if (this.#found === undefined) this.#tellUnserved(kinds.unserved(found.kinds));
    this.#found = found;
    const before = new Set(this.#followed.all().map(({ name }) => name));
    this.#followed.setOptional(kinds.of(found.kinds));
    const now = new Set(this.#followed.all().map(({ name }) => name));
    const [come, gone] = [now.difference(before), before.difference(now)];
    if (come.size > 0) logger.info("Follows kinds of this cluster", { kinds: [...come].join(" ") });
    if (gone.size > 0) logger.info("Kinds are served no more", { kinds: [...gone].join(" ") });
  }

  #tellUnserved(words: readonly string[]): void {
    if (words.length === 0) return;
    this.#options.logger.info("Kinds are not served by this cluster", { kinds: words.join(" ") });
  }

  #stateChanged(): void {
    const followed = [...this.#followed.all()];
    const { found, trouble } = this.#served;
    // What appears later holds nothing up: it is unread until it was listed.
    this.#synced ||= this.#awaited().length === 0;
    const { kinds } = this.#options;
    if (this.#synced && this.#found !== undefined && this.#found !== this.#judged) {
      this.#judged = this.#found;
      this.#notFollowed.judge(this.#found.kinds.filter((each) => kinds.of([each]).length === 0));
    }
    this.#shown.show({
      followed,
      served: { found, trouble },
      asksForMore: this.#asksForMore,
      synced: this.#synced,
    });
  }

  /** What may be read and was never: kinds, and the knowledge of which there are. */
  #awaited(): Awaited[] {
    const awaited: Awaited[] = [];
    for (const { records, state, unreadName, reason } of this.#followed.all()) {
      if (records.synced || state === "refused" || state === "absent") continue;
      awaited.push({ what: unreadName, ...(state === "down" && { why: reason }) });
    }
    const { found, trouble } = this.#served;
    if (this.#asksForMore && found === undefined && trouble?.refused !== true) {
      const what = "which kinds the API server has";
      awaited.push(withoutUnset({ what, why: trouble?.reason }));
    }
    return awaited;
  }

  /** Whether kinds are asked for that a cluster may have or lack. */
  get #asksForMore(): boolean {
    return this.#options.kinds.groups.size > 0;
  }
}
