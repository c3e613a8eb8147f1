import { pause } from "../async/delay.ts";
import type { Logger } from "../ports/logger.ts";
import type { DiskGate } from "./disk_gate.ts";
import type { PullRoom } from "./pull_room.ts";
import type { RunningPulls } from "./running_pulls.ts";

/**
 * How often the disk is read while pulls run, in ms: reading takes microseconds, and between the
 * mark and kubelet's threshold lie 5 % of the disk, 5 GB of 100.
 */
const WATCH_MS = 2_000;

/** What `RoomWatch` works with. */
export interface RoomWatchDeps {
  readonly diskGate: DiskGate;
  readonly room: PullRoom;
  readonly running: RunningPulls;
  readonly logger: Logger;
}

/** Ends pulls, the least urgent first, when the disk fills up to the mark while they run. */
export class RoomWatch {
  readonly #deps: RoomWatchDeps;
  /** Set while it watches. */
  #stop: AbortController | undefined;
  #ended: Promise<void> = Promise.resolve();

  constructor(deps: RoomWatchDeps) {
    this.#deps = deps;
  }

  /** Watches from now on, if it does not already. */
  start(): void {
    if (this.#stop !== undefined) return;
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    this.#ended = this.#ended.then(() => this.#run(signal));
  }

  /** Watches no more; resolves once it does nothing. */
  stop(): Promise<void> {
    this.#stop?.abort();
    this.#stop = undefined;
    return this.#ended;
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { diskGate } = this.#deps;
    while (await pause(WATCH_MS, signal)) {
      await diskGate.check(signal);
      while (!signal.aborted && await this.#endOne()) await diskGate.check(signal);
    }
  }

  /** Resolves to whether it ended one, once that has left the disk. */
  async #endOne(): Promise<boolean> {
    const { room, running, logger } = this.#deps;
    const detail = room.shortage();
    const pull = detail === undefined ? undefined : running.leastUrgent();
    if (pull === undefined || detail === undefined) return false;
    const { reference } = pull.candidate;
    logger.warn("Ended a pull, the disk runs full", { reference, detail });
    pull.end({ why: "no_room", detail });
    await pull.done;
    return true;
  }
}
