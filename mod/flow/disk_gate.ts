import { abortable } from "../async/abortable.ts";
import { Deadline, DeadlineError } from "../async/deadline.ts";
import type { Conditions } from "../ports/conditions.ts";
import type { DiskReading, DiskUsage } from "../ports/disk_usage.ts";
import type { Logger } from "../ports/logger.ts";
import type { Metrics } from "../ports/metrics.ts";
import { messageOf } from "../pure/message_of.ts";
import { fullness, roomBytes, type RoomRules } from "../pure/room/disk_limits.ts";

/** How long reading the disk may take, in ms; it takes microseconds unless the disk hangs. */
const READ_MS = 10_000;

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
  readonly #rules: RoomRules;
  #state: "roomy" | "high" | "unknown" = "roomy";
  #reading: DiskReading | undefined;
  #full: string | undefined;
  /** Set while a read goes on that has missed its deadline. */
  #late: DeadlineError | undefined;

  /** Pulls may start while no file system of the images is full by these rules. */
  constructor(deps: DiskGateDeps, rules: RoomRules) {
    this.#deps = deps;
    this.#rules = rules;
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
      case "high":
        return this.#full;
      default:
        return this.#state satisfies never;
    }
  }

  /** Reads the disk; resolves to whether pulls may start now, to false when `signal` aborts. */
  async check(signal: AbortSignal): Promise<boolean> {
    const { conditions, logger, metrics } = this.#deps;
    const before = this.#state;
    try {
      this.#reading = await this.#read(signal);
    } catch (error) {
      if (signal.aborted) return false;
      const why = messageOf(error);
      conditions.set("disk", false, `Cannot tell how full the disk is, so no pull starts: ${why}`);
      if (before !== "unknown") {
        logger.warn("Could not read the disk, paused pulls", { error: why });
      }
      this.#state = "unknown";
      this.#reading = undefined;
      return false;
    }
    conditions.set("disk", true);
    const { content, snapshots = content } = this.#reading;
    const usedPercent = Math.max(content.usedPercent, snapshots.usedPercent);
    metrics.gauge("warm_images_disk_used_percent", usedPercent);
    metrics.gauge("warm_images_room_bytes", roomBytes(this.#reading, this.#rules));
    this.#full = fullness(this.#reading, this.#rules);
    this.#state = this.#full === undefined ? "roomy" : "high";
    if (this.#state !== before) this.#logChange(usedPercent);
    return this.#state === "roomy";
  }

  /** A read that hangs is not repeated: it cannot be ended, and each would occupy a thread. */
  async #read(signal: AbortSignal): Promise<DiskReading> {
    if (this.#late) throw this.#late;
    using deadline = new Deadline(READ_MS, "the file system of the images", signal);
    const reading = this.#deps.disk.read();
    try {
      return await abortable(reading, deadline.signal);
    } catch (error) {
      if (error instanceof DeadlineError) {
        this.#late = error;
        const ended = () => this.#late = undefined;
        reading.then(ended, ended);
      }
      throw error;
    }
  }

  #logChange(usedPercent: number): void {
    const fields = { usedPercent, highPercent: this.#rules.diskHighPercent };
    if (this.#state === "roomy") {
      return this.#deps.logger.info("Resumed pulls, the disk has room", fields);
    }
    const why = this.#full;
    this.#deps.logger.warn("Paused pulls, the disk is above the mark", { ...fields, why });
  }
}
