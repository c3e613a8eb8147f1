import type { Clock } from "../ports/clock.ts";
import type { StoreChange } from "../ports/state_store.ts";
import { writtenAt } from "../pure/bucket/agent_states.ts";
import {
  decodeBeat,
  decodePart,
  decodeReport,
  type PartValue,
  type ReportValue,
} from "../pure/bucket/agent_wire.ts";
import { laterVersion } from "../pure/bucket/bucket_version.ts";
import type { Decoded } from "../pure/bucket/decode.ts";
import { parseStateKey } from "../pure/bucket/state_keys.ts";
import { WantedValues } from "../pure/bucket/wanted_values.ts";
import {
  decodeMeta,
  decodeNode,
  decodeWanted,
  decodeWhere,
  type MetaValue,
} from "../pure/bucket/wire.ts";
import { Fleet } from "../pure/fleet/fleet.ts";
import { momentOf } from "../pure/moment.ts";

/** The bucket as people are shown it. It is told each change, or single values in any order. */
export class FleetView {
  readonly fleet = new Fleet();
  readonly #clock: Clock;
  readonly #unreadable = new Map<string, string>();
  #wanted = new WantedValues();
  #meta: MetaValue | undefined;
  #laterVersion: number | undefined;
  #synced = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What is wanted, and where. */
  get wanted(): WantedValues {
    return this.#wanted;
  }

  /** Who writes the bucket; undefined: nobody has, or it cannot be read. */
  get meta(): MetaValue | undefined {
    return this.#meta;
  }

  /** The bucket's version, where a later program than this one writes it. */
  get laterVersion(): number | undefined {
    return this.#laterVersion;
  }

  /** Why values could not be read, by key. */
  get unreadable(): ReadonlyMap<string, string> {
    return this.#unreadable;
  }

  /** Whether what is there had been read once; false again while it is read anew. */
  get synced(): boolean {
    return this.#synced;
  }

  /** Takes in a change. */
  apply(change: StoreChange): void {
    switch (change.type) {
      case "reset":
        return this.#reset();
      case "put":
        return this.put(change.key, change.value);
      case "delete":
        return this.#delete(change.key);
      case "synced":
        this.#synced = true;
        return;
      default:
        return change satisfies never;
    }
  }

  /** Takes in one value. */
  put(key: string, text: string): void {
    this.#unreadable.delete(key);
    const parsed = parseStateKey(key);
    const { fleet } = this;
    switch (parsed?.type) {
      case "meta":
        this.#laterVersion = laterVersion(text);
        this.#meta = undefined;
        return this.#take(key, decodeMeta(text), (meta) => this.#meta = meta);
      case "node":
        return this.#take(key, decodeNode(text), (node) => fleet.putNode(node));
      case "wanted":
        return this.#take(key, decodeWanted(text), (wanted) => {
          this.#wanted.putImage(wanted);
          fleet.putWanted(wanted);
        });
      case "where":
        return this.#take(key, decodeWhere(text), (where) => {
          this.#wanted.putPart(parsed.part, where);
        });
      case "beat":
        return this.#take(key, decodeBeat(text), (beat) => fleet.putBeat(beat, this.#seenAt(beat)));
      case "report":
        return this.#take(key, decodeReport(text), (report) => {
          fleet.putReport(report, this.#seenAt(report));
        });
      case "part":
        return this.#take(key, decodePart(text), (part) => fleet.putPart(parsed.part, part));
      default:
        return; // nothing that is shown
    }
  }

  /**
   * Takes in a report, or a part of one, as far as it is about some images: those of a large cluster
   * take much memory. How its node does stays what its beat says.
   */
  putOnly(images: ReadonlySet<string>, key: string, text: string): void {
    const parsed = parseStateKey(key);
    if (parsed?.type !== "report" && parsed?.type !== "part") return this.put(key, text);
    this.#unreadable.delete(key);
    const some = <T extends PartValue | ReportValue>(value: T): T => {
      const kept = Object.entries(value.images).filter(([image]) => images.has(image));
      return { ...value, images: Object.fromEntries(kept) };
    };
    if (parsed.type === "part") {
      const { part } = parsed;
      return this.#take(key, decodePart(text), (value) => this.fleet.putPart(part, some(value)));
    }
    this.#take(key, decodeReport(text), (report) => {
      this.fleet.putReport(some(report), this.#seenAt(report), true);
    });
  }

  #take<T>(key: string, decoded: Decoded<T>, into: (value: T) => void): void {
    if ("value" in decoded) into(decoded.value);
    else this.#unreadable.set(key, decoded.fault);
  }

  #delete(key: string): void {
    this.#unreadable.delete(key);
    const parsed = parseStateKey(key);
    if (parsed === undefined) return;
    if (parsed.type === "meta") this.#meta = this.#laterVersion = undefined;
    if (parsed.type === "wanted") this.#wanted.deleteImage(parsed.name);
    if (parsed.type === "where") this.#wanted.deletePart(parsed.part, parsed.name);
    this.fleet.delete(parsed);
  }

  #reset(): void {
    this.fleet.clear();
    this.#unreadable.clear();
    this.#wanted = new WantedValues();
    this.#meta = this.#laterVersion = undefined;
    this.#synced = false;
  }

  /** What comes while it is followed has just been written, whatever the node's clock says. */
  #seenAt({ at }: { readonly at: string }): number {
    const now = momentOf(this.#clock);
    return this.#synced ? now.monotonicMs : writtenAt(at, now);
  }
}
