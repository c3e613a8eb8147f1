import type { ByteRate } from "./byte_rate.ts";
import type { ConnectionBudget } from "./connection_budget.ts";
import type { PauseGate } from "./pause_gate.ts";
import { StandstillWatch } from "./standstill_watch.ts";

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
