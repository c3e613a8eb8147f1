import type { ByteRate } from "./byte_rate.ts";
import type { ConnectionBudget } from "./connection_budget.ts";
import type { PauseGate } from "./pause_gate.ts";
import { StandstillWatch } from "./standstill_watch.ts";

const BLOCK_BYTES = 256 * 1024;
/** So that a low rate is kept evenly. */
const BLOCK_OF_RATE_MS = 20;
const SMALLEST_BLOCK_BYTES = 4096;

/** What all pulls share. */
export interface SharedIntake {
  readonly gate: PauseGate;
  /** Undefined: as fast as it comes. */
  readonly rate: ByteRate | undefined;
  readonly connections: ConnectionBudget;
}

/** What all bytes pass through that arrive for one pull. */
export class Intake {
  readonly shared: SharedIntake;
  readonly standstill = new StandstillWatch();
  #bytes = 0;

  constructor(shared: SharedIntake) {
    this.shared = shared;
  }

  /** Bytes that have arrived so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Of one read. */
  get blockBytes(): number {
    const { rate } = this.shared;
    if (rate === undefined) return BLOCK_BYTES;
    const even = Math.ceil(rate.bytesPerSecond * BLOCK_OF_RATE_MS / 1000);
    return Math.min(BLOCK_BYTES, Math.max(SMALLEST_BLOCK_BYTES, even));
  }

  /** Counts bytes that have arrived; `ready()` wants to know the result. */
  took(bytes: number): number {
    this.#bytes += bytes;
    this.standstill.arrived(performance.now());
    return this.shared.rate?.take(bytes) ?? 0;
  }

  /** Resolves when more may be asked for. Undefined: now; it is asked for each chunk. */
  ready(took: number, signal: AbortSignal): Promise<void> | undefined {
    return this.shared.gate.wait(signal) ?? this.shared.rate?.wait(took, signal);
  }
}
