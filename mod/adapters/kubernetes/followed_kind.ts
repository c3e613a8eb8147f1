import { type Kind, kindName } from "../../pure/objects/kind.ts";
import type { KubernetesClient } from "./client.ts";
import { followKind, type FollowOptions, type KindChange } from "./follow_kind.ts";
import { KindRecords, type RecordsOptions } from "./kind_records.ts";
import { LongWaits } from "./long_waits.ts";
import { type KindTarget, targetOf } from "./kind_target.ts";

/** How it stands with following a kind; `absent`: the API server does not have it. */
export type FollowingState = "starting" | "connected" | "down" | "refused" | "absent";

/** Who is told of what following brings. */
export interface FollowedEvents {
  /** The records became different. */
  readonly changed: (cause: string) => void;
  /** `state` or `reason` did. */
  readonly stateChanged: (followed: FollowedKind) => void;
}

/** One kind that is followed, all of it or in one namespace. */
export class FollowedKind {
  readonly name: string;
  readonly records: KindRecords;
  /** Whether the kind may come and go. */
  readonly isOptional: boolean;
  #target: KindTarget;
  state: FollowingState = "starting";
  /** Why it is not connected. */
  reason: string;
  /** Changed records of a list that goes on: `changed` is called once, at its end. */
  #unreported = 0;
  #longWaits: LongWaits | undefined;

  constructor(
    kind: Kind,
    target: KindTarget,
    options: RecordsOptions & { readonly isOptional: boolean },
  ) {
    this.name = kindName(kind);
    this.records = new KindRecords(kind, options, (key) => this.#longWaits?.add(key));
    this.isOptional = options.isOptional;
    this.#target = target;
    this.reason = `${target.resource} not listed yet`;
  }

  /** Where the API server has it, in the version that it is read in. */
  get target(): KindTarget {
    return this.#target;
  }

  /** The version of the API that it is read in. */
  get apiVersion(): string {
    return this.#target.apiVersion;
  }

  /** As in `Observation.unread`. */
  get unreadName(): string {
    const { namespace } = this.#target;
    return namespace === undefined ? this.name : `${this.name}/${namespace}`;
  }

  /** Reads it in another version from now on; what is known stays until that was listed. */
  readAs(kind: Kind): void {
    const { apiVersion } = targetOf(kind);
    const path = this.#target.path.replace(this.#target.apiVersion, apiVersion);
    this.#target = { ...this.#target, apiVersion, path };
    this.records.kind = kind;
  }

  /** Follows it until `signal` aborts. */
  async follow(
    client: KubernetesClient,
    options: FollowOptions,
    events: FollowedEvents,
  ): Promise<void> {
    const { isOptional, records, name } = this;
    using longWaits = new LongWaits(
      (key) => records.waits(key),
      (key) => events.changed(`${name} ${key} waits`),
    );
    this.#longWaits = longWaits;
    for await (const change of followKind(client, this.#target, { ...options, isOptional })) {
      if (options.signal.aborted) break;
      this.#apply(change, events);
    }
  }

  #apply(change: KindChange, { changed, stateChanged }: FollowedEvents): void {
    switch (change.type) {
      case "reset":
        this.records.beginList();
        return;
      case "put":
      case "delete": {
        const key = change.type === "put"
          ? this.records.put(change.object)
          : this.records.delete(change.object);
        if (key === undefined) return;
        if (this.records.listing) this.#unreported++;
        else changed(`${this.name} ${key} changed`);
        return;
      }
      case "synced": {
        const isNews = this.#synced();
        stateChanged(this);
        if (isNews) changed(`${this.name} listed`);
        return;
      }
      case "up":
        this.state = "connected";
        stateChanged(this);
        return;
      case "down": {
        const isNews = this.#down(change);
        stateChanged(this);
        if (isNews) changed(`${this.name} interrupted`);
        return;
      }
      default:
        change satisfies never;
    }
  }

  #synced(): boolean {
    const isFirst = !this.records.synced;
    const areForgotten = this.records.finishList();
    const isNews = isFirst || areForgotten || this.#unreported > 0;
    this.#unreported = 0;
    this.state = "connected";
    return isNews;
  }

  /**
   * Records stay. The observation can be in sync without a kind that may not be read, also while
   * that is not refused but fails: only a list makes it known.
   */
  #down({ text, reason, refused }: KindChange & { readonly type: "down" }): boolean {
    const isNews = this.#unreported > 0 || (refused && this.state === "starting");
    this.#unreported = 0;
    const mayNotBeRead = !this.records.synced && (refused || this.state === "refused");
    const isAbsent = this.isOptional && reason === "absent";
    this.state = isAbsent ? "absent" : mayNotBeRead ? "refused" : "down";
    this.reason = text;
    return isNews;
  }
}
