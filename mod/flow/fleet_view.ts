import type { Clock } from "../ports/clock.ts";
import type { StoreChange } from "../ports/state_store.ts";
import { writtenAt } from "../pure/bucket/agent_states.ts";
import { laterVersion } from "../pure/bucket/bucket_version.ts";
import { parseStateKey } from "../pure/bucket/state_keys.ts";
import { decodeMeta, type MetaValue } from "../pure/bucket/wire.ts";
import { decodeShown, type ShownValue } from "../pure/fleet/shown_value.ts";
import { ShownValues } from "../pure/fleet/shown_values.ts";
import { momentOf } from "../pure/moment.ts";

/** The bucket as people are shown it. It is told each change, or single values in any order. */
export class FleetView {
  readonly #values = new ShownValues();
  readonly #clock: Clock;
  readonly #unreadable = new Map<string, string>();
  #meta: MetaValue | undefined;
  #laterVersion: number | undefined;
  #synced = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get fleet(): ShownValues["fleet"] {
    return this.#values.fleet;
  }

  /** What is wanted, and where. */
  get wanted(): ShownValues["wanted"] {
    return this.#values.wanted;
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
    this.#put(key, text, (shown) => shown);
  }

  /**
   * Takes in a report, or a part of one, as far as it is about some images: those of a large cluster
   * take much memory. How its node does stays what its beat says.
   */
  putOnly(images: ReadonlySet<string>, key: string, text: string): void {
    this.#put(key, text, (shown) => about(images, shown));
  }

  #put(key: string, text: string, change: (shown: ShownValue) => ShownValue): void {
    this.#unreadable.delete(key);
    const parsed = parseStateKey(key);
    if (parsed?.type === "meta") return this.#putMeta(key, text);
    const decoded = parsed && decodeShown(parsed, text);
    if (decoded === undefined) return;
    if ("fault" in decoded) this.#unreadable.set(key, decoded.fault);
    else this.#values.put(change(decoded), this.#seenAt(decoded));
  }

  #putMeta(key: string, text: string): void {
    this.#laterVersion = laterVersion(text);
    const decoded = decodeMeta(text);
    this.#meta = "value" in decoded ? decoded.value : undefined;
    if ("fault" in decoded) this.#unreadable.set(key, decoded.fault);
  }

  #delete(key: string): void {
    this.#unreadable.delete(key);
    const parsed = parseStateKey(key);
    if (parsed?.type === "meta") this.#meta = this.#laterVersion = undefined;
    else if (parsed !== undefined) this.#values.delete(parsed);
  }

  #reset(): void {
    this.#values.clear();
    this.#unreadable.clear();
    this.#meta = this.#laterVersion = undefined;
    this.#synced = false;
  }

  /** What comes while it is followed has just been written, whatever the node's clock says. */
  #seenAt({ value }: ShownValue): number {
    const now = momentOf(this.#clock);
    return this.#synced || !("at" in value) ? now.monotonicMs : writtenAt(value.at, now);
  }
}

/** A value as far as it is about some images. */
function about(images: ReadonlySet<string>, shown: ShownValue): ShownValue {
  if (shown.type !== "report" && shown.type !== "part") return shown;
  const kept = Object.entries(shown.value.images).filter(([image]) => images.has(image));
  const some = Object.fromEntries(kept);
  return shown.type === "part"
    ? { ...shown, value: { ...shown.value, images: some } }
    : { ...shown, value: { ...shown.value, images: some }, isPartial: true };
}
