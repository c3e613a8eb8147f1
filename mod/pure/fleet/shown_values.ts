import type { StateKey } from "../bucket/state_keys.ts";
import { WantedValues } from "../bucket/wanted_values.ts";
import { Fleet } from "./fleet.ts";
import type { ShownValue } from "./shown_value.ts";

/** All that people are shown of the bucket. */
export class ShownValues {
  readonly fleet = new Fleet();
  /** What is wanted, and where. */
  readonly wanted = new WantedValues();

  /** Takes in a value; `seenAt` is when it was written, in ms by a clock that nobody sets. */
  put(shown: ShownValue, seenAt: number): void {
    switch (shown.type) {
      case "node":
        return this.fleet.putNode(shown.value);
      case "wanted":
        this.wanted.putImage(shown.value);
        return this.fleet.putWanted(shown.value);
      case "where":
        return this.wanted.putPart(shown.part, shown.value);
      case "beat":
        return this.fleet.putBeat(shown.value, seenAt);
      case "report":
        return this.fleet.putReport(shown.value, seenAt, shown.isPartial);
      case "part":
        return this.fleet.putPart(shown.part, shown.value);
      default:
        return shown satisfies never;
    }
  }

  /** Takes in that a key was deleted. */
  delete(key: StateKey): void {
    this.fleet.delete(key);
    if (key.type === "wanted") this.wanted.deleteImage(key.name);
    if (key.type === "where") this.wanted.deletePart(key.part, key.name);
  }

  /** Forgets everything. */
  clear(): void {
    this.fleet.clear();
    this.wanted.clear();
  }
}
