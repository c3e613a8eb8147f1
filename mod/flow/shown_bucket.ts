import type { ShownFleet } from "../ports/shown_fleet.ts";
import type { BeatValue, PartValue, ReportValue } from "../pure/bucket/agent_wire.ts";
import type { StateKey } from "../pure/bucket/state_keys.ts";
import { WantedValues } from "../pure/bucket/wanted_values.ts";
import type { NodeValue, WantedValue, WhereValue } from "../pure/bucket/wire.ts";
import { Fleet } from "../pure/fleet/fleet.ts";

/** A value of the bucket that people are shown something of, decoded. */
export type ShownValue =
  | { readonly type: "node"; readonly value: NodeValue }
  | { readonly type: "wanted"; readonly value: WantedValue }
  | { readonly type: "where"; readonly part: number; readonly value: WhereValue }
  | AgentValue;

/** One that an agent wrote; `seenAt` is when, in ms by a clock that nobody sets. */
export type AgentValue =
  | { readonly type: "beat"; readonly value: BeatValue; readonly seenAt: number }
  | { readonly type: "report"; readonly value: ReportValue; readonly seenAt: number }
  | {
    readonly type: "part";
    readonly part: number;
    readonly value: PartValue;
    readonly seenAt: number;
  };

/** What the view of the bucket that fills this has beside decoded values. */
type Filler = Pick<ShownFleet, "held" | "synced">;

/** The bucket as people are shown it, filled by the one view that a controller has of it. */
export class ShownBucket implements ShownFleet {
  readonly fleet = new Fleet();
  readonly wanted = new WantedValues();
  readonly #listeners = new Set<() => void>();
  #filler: Filler = { held: new Map(), synced: false };

  get held(): ReadonlyMap<string, string> {
    return this.#filler.held;
  }

  get synced(): boolean {
    return this.#filler.synced;
  }

  onChange(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) };
  }

  /** Names the view that fills this. */
  filledBy(filler: Filler): void {
    this.#filler = filler;
  }

  /** Takes in a value. */
  put(shown: ShownValue): void {
    switch (shown.type) {
      case "node":
        this.fleet.putNode(shown.value);
        break;
      case "wanted":
        this.fleet.putWanted(shown.value);
        this.wanted.putImage(shown.value);
        break;
      case "where":
        this.wanted.putPart(shown.part, shown.value);
        break;
      case "beat":
        this.fleet.putBeat(shown.value, shown.seenAt);
        break;
      case "report":
        this.fleet.putReport(shown.value, shown.seenAt);
        break;
      case "part":
        this.fleet.putPart(shown.part, shown.value);
        break;
      default:
        return shown satisfies never;
    }
    this.changed();
  }

  /** Takes in that a key was deleted. */
  delete(key: StateKey): void {
    this.fleet.delete(key);
    if (key.type === "wanted") this.wanted.deleteImage(key.name);
    if (key.type === "where") this.wanted.deletePart(key.part, key.name);
    this.changed();
  }

  /** Forgets everything, as the bucket is read again. */
  clear(): void {
    this.fleet.clear();
    this.wanted.clear();
    this.changed();
  }

  /** Tells that something else changed: that all has been read, say. */
  changed(): void {
    for (const listener of this.#listeners) listener();
  }
}
