import { type StartedTask, TaskGroup } from "../../async/task_group.ts";
import type { Logger } from "../../ports/logger.ts";
import type { Metrics } from "../../ports/metrics.ts";
import { isSameKind } from "../../pure/objects/group_kind.ts";
import { type Kind, kindName } from "../../pure/objects/kind.ts";
import type { KubernetesClient } from "./client.ts";
import type { FollowTuning } from "./follow_kind.ts";
import { FollowedKind } from "./followed_kind.ts";
import type { RecordsOptions } from "./kind_records.ts";
import { type KindTarget, targetOf, targetsIn } from "./kind_target.ts";

/** What following kinds needs beside the client. */
export interface FollowedKindsOptions {
  /** Kinds that every API server has. */
  readonly builtIn: readonly Kind[];
  /** Namespaces to read, each for itself and no other; absent: all of them at once. */
  readonly namespaces: readonly string[] | undefined;
  readonly records: RecordsOptions;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly random: (() => number) | undefined;
  readonly tuning: Partial<FollowTuning> | undefined;
  /** Called when the state of one of them changed. */
  readonly stateChanged: (followed: FollowedKind) => void;
}

/** The kinds that are followed now: those that are always there, and those that come and go. */
export class FollowedKinds {
  readonly #client: KubernetesClient;
  readonly #options: FollowedKindsOptions;
  /** By resource and namespace, whatever the version. */
  readonly #followed = new Map<string, Following>();
  #group: TaskGroup | undefined;
  #changed: (cause: string) => void = () => {};

  constructor(client: KubernetesClient, options: FollowedKindsOptions) {
    this.#client = client;
    this.#options = options;
    for (const kind of options.builtIn) this.#add(kind, false);
  }

  /** Each of them, by namespace where these are read each for itself. */
  *all(): Generator<FollowedKind> {
    for (const { followed } of this.#followed.values()) yield followed;
  }

  /** Follows all that are there and all that come until `signal` aborts. */
  async follow(signal: AbortSignal, changed: (cause: string) => void): Promise<void> {
    this.#group = new TaskGroup(signal);
    this.#changed = changed;
    for (const following of this.#followed.values()) this.#start(following);
    await this.#group.ended();
  }

  /**
   * Follows these kinds beside the built-in ones, and no others any more. A kind in another version
   * than before is listed in that; until then what was known of it stays.
   */
  setOptional(kinds: readonly Kind[]): void {
    const isBuiltIn = (kind: Kind) => this.#options.builtIn.some((each) => isSameKind(each, kind));
    const wanted = kinds.filter((kind) => !isBuiltIn(kind));
    const kept = new Set(wanted.flatMap((kind) => this.#add(kind, true)));
    for (const [key, following] of this.#followed) {
      if (following.followed.isOptional && !kept.has(key)) this.#drop(key, following);
    }
  }

  /** Lists the kinds again of which records are missing that only a list brings back. */
  completeRecords(): void {
    for (const following of this.#followed.values()) {
      const { isShort } = following.followed.records;
      // Not at once: objects that go together are told one by one.
      if (isShort && following.wasShort) this.#start(following);
      following.wasShort = isShort;
    }
  }

  /** Returns the keys that it is followed by. */
  #add(kind: Kind, isOptional: boolean): string[] {
    return this.#targetsOf(kind, isOptional).map((target) => {
      const key = keyOf(target);
      const known = this.#followed.get(key);
      if (known === undefined) {
        const options = { ...this.#options.records, isOptional };
        const following: Following = { followed: new FollowedKind(kind, target, options) };
        this.#followed.set(key, following);
        this.#start(following);
      } else if (known.followed.apiVersion !== target.apiVersion) {
        this.#readAs(kind, known);
      }
      return key;
    });
  }

  #targetsOf(kind: Kind, isOptional: boolean): KindTarget[] {
    const { namespaces } = this.#options;
    if (namespaces === undefined) return [targetOf(kind)];
    // An account of some namespaces may read nothing that is in none, but for what is always read.
    return isOptional && !kind.namespaced ? [] : targetsIn(namespaces, kind);
  }

  #readAs(kind: Kind, following: Following): void {
    const { followed } = following;
    const [from, name] = [followed.apiVersion, kindName(kind)];
    const stopped = following.task?.stop(); // nothing comes from it any more
    followed.readAs(kind);
    this.#options.logger.info("Kind is served in another version", {
      kind: name,
      from,
      to: followed.apiVersion,
    });
    this.#start(following, stopped);
  }

  /** Begins with a list; what is known stays until its end. */
  #start(following: Following, stopped = following.task?.stop()): void {
    const { logger, metrics, random, tuning, stateChanged } = this.#options;
    const { followed } = following;
    const events = { changed: (cause: string) => this.#changed(cause), stateChanged };
    following.task = this.#group?.start(async (signal) => {
      await stopped;
      await followed.follow(this.#client, { signal, logger, metrics, random, tuning }, events);
    });
  }

  #drop(key: string, { followed, task }: Following): void {
    void task?.stop(); // the group waits for it
    this.#followed.delete(key);
    followed.records.clear();
    this.#changed(`${followed.name} is served no more`);
  }
}

interface Following {
  readonly followed: FollowedKind;
  task?: StartedTask | undefined;
  /** Whether records were missing the last time. */
  wasShort?: boolean;
}

function keyOf({ resource, namespace }: KindTarget): string {
  return `${resource} ${namespace ?? ""}`;
}
