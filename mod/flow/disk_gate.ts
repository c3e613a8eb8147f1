import type { Conditions } from "../ports/conditions.ts";
import type { DiskReading, DiskUsage } from "../ports/disk_usage.ts";
import type { Logger } from "../ports/logger.ts";
import type { Metrics } from "../ports/metrics.ts";
import { messageOf } from "../pure/message_of.ts";

/** What `DiskGate` works with. */
export interface DiskGateDeps {
  readonly disk: DiskUsage;
  readonly logger: Logger;
  readonly conditions: Conditions;
  readonly metrics: Metrics;
}

/** Lets pulls start while the disk has room, and says why they wait otherwise. */
export class DiskGate {
  readonly #deps: DiskGateDeps;
  readonly #highPercent: number;
  #state: "roomy" | "high" | "unknown" = "roomy";
  #reading: DiskReading | undefined;

  /** Pulls may start while less than `highPercent` of the disk is used. */
  constructor(deps: DiskGateDeps, highPercent: number) {
    this.#deps = deps;
    this.#highPercent = highPercent;
  }

  /** How full the disk was at the last check; `undefined` before the first, and if that failed. */
  get reading(): DiskReading | undefined {
    return this.#reading;
  }

  /** Why no pull may start, for the report; `undefined` when the disk is not the reason. */
  get blockedReason(): string | undefined {
    switch (this.#state) {
      case "roomy":
        return undefined;
      case "unknown":
        return "disk: cannot tell how full it is";
      case "high": {
        const used = this.#reading?.usedPercent.toFixed(0);
        return `disk: ${used} % used, pulls start below ${this.#highPercent} %`;
      }
      default:
        return this.#state satisfies never;
    }
  }

  /** Reads the disk; resolves to whether pulls may start now. */
  async check(): Promise<boolean> {
    const { disk, conditions, logger, metrics } = this.#deps;
    const before = this.#state;
    try {
      this.#reading = await disk.read();
    } catch (error) {
      const why = messageOf(error);
      conditions.set("disk", false, `Cannot tell how full the disk is, so no pull starts: ${why}`);
      if (before !== "unknown") {
        logger.warn("Could not read the disk, paused pulls", { error: why });
      }
      this.#state = "unknown";
      this.#reading = undefined;
      return false;
    }
    const { usedPercent } = this.#reading;
    conditions.set("disk", true);
    metrics.gauge("warm_images_disk_used_percent", usedPercent);
    this.#state = usedPercent < this.#highPercent ? "roomy" : "high";
    if (this.#state !== before) this.#logChange(usedPercent);
    return this.#state === "roomy";
  }

  #logChange(usedPercent: number): void {
    const fields = { usedPercent, highPercent: this.#highPercent };
    if (this.#state === "roomy") this.#deps.logger.info("Resumed pulls, the disk has room", fields);
    else this.#deps.logger.warn("Paused pulls, the disk is above the mark", fields);
  }
}
