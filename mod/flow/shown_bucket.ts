import type { ShownFleet } from "../ports/shown_fleet.ts";
import type { StateKey } from "../pure/bucket/state_keys.ts";
import type { ShownValue } from "../pure/fleet/shown_value.ts";
import { ShownValues } from "../pure/fleet/shown_values.ts";

/** What the view of the bucket that fills this has beside decoded values. */
type Filler = Pick<ShownFleet, "held" | "synced">;

/** The bucket as people are shown it, filled by the one view that a controller has of it. */
export class ShownBucket implements ShownFleet {
  readonly #values = new ShownValues();
  readonly #listeners = new Set<() => void>();
  #filler: Filler = { held: new Map(), synced: false };

  get fleet(): ShownValues["fleet"] {
    return this.#values.fleet;
  }

  get wanted(): ShownValues["wanted"] {
    return this.#values.wanted;
  }

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

  /** See `ShownValues`. */
  put(shown: ShownValue, seenAt: number): void {
    this.#values.put(shown, seenAt);
    this.changed();
  }

  /** Takes in that a key was deleted. */
  delete(key: StateKey): void {
    this.#values.delete(key);
    this.changed();
  }

  /** Forgets everything, as the bucket is read again. */
  clear(): void {
    this.#values.clear();
    this.changed();
  }

  /** Tells that something else changed: that all has been read, say. */
  changed(): void {
    for (const listener of this.#listeners) listener();
  }
}
