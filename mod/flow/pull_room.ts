import { finishesWithin } from "../async/finishes_within.ts";
import type { Clock } from "../ports/clock.ts";
import type { Admission, PullSize } from "../ports/image_runtime.ts";
import type { ImageLedger } from "../pure/pulls/image_ledger.ts";
import type { PullCandidate } from "../pure/pulls/pull_choice.ts";
import { overrun, type RoomRules } from "../pure/room/disk_limits.ts";
import { cautious, NO_NEED, tenfold } from "../pure/room/pull_need.ts";
import { judgeRoom, type PullNeed, type RoomVerdict } from "../pure/room/room.ts";
import { RoomMemory } from "../pure/room/room_memory.ts";
import type { DiskGate } from "./disk_gate.ts";
import { PullFlight } from "./pull_flight.ts";

/** How long a pull waits for more urgent ones that have not been judged yet, in ms. */
const IN_TURN_MS = 10_000;

/** What `PullRoom` works with. */
export interface PullRoomDeps {
  readonly ledger: ImageLedger;
  readonly diskGate: DiskGate;
  readonly clock: Clock;
  readonly random: () => number;
}

/** Room that a running pull may fill. */
export interface Reservation extends Disposable {
  /**
   * Judges the pull by what it needs, with the disk as it is now. One that only waits for room is
   * not to be told as failed: `waits()`.
   */
  admit(size: PullSize): Promise<Admission>;
  /** Whether it was not admitted for now alone. */
  waits(): boolean;
  /** Takes in how many bytes have arrived. */
  arrived(bytes: number): void;
}

/**
 * Shares the room on the disk among pulls. Those that began together are judged in order of urgency,
 * however long their registries take to say what they need: one that takes more than a tenth of the
 * room waits until the more urgent ones are judged, for ten seconds at most. An admitted pull keeps
 * its room to its end, whoever comes later; only the watch over a disk that runs full ends the least
 * urgent.
 */
export class PullRoom {
  readonly #deps: PullRoomDeps;
  readonly #rules: RoomRules;
  readonly #memory: RoomMemory;
  /** Images of which it is known outside that they found no room. */
  readonly #told = new Set<string>();
  /** In the order in which the pulls began: the most urgent of those that began together first. */
  readonly #flights = new Set<PullFlight>();

  constructor(deps: PullRoomDeps, rules: RoomRules) {
    this.#deps = deps;
    this.#rules = rules;
    this.#memory = new RoomMemory(deps.random);
  }

  /**
   * Parts candidates by the gate's last reading: `may` have room, or it is not known what they need;
   * `leftOut` are those that turn out to have none, and why, each told once.
   */
  part(candidates: readonly PullCandidate[]): {
    readonly may: readonly PullCandidate[];
    readonly leftOut: ReadonlyMap<string, string>;
  } {
    const now = this.#deps.clock.monotonicMs();
    const may: PullCandidate[] = [];
    const leftOut = new Map<string, string>();
    for (const candidate of candidates) {
      const { reference, refresh } = candidate;
      if (this.#memory.pausedUntil(reference) > now) continue;
      const known = this.#memory.need(reference, now);
      const verdict = this.#judge(known ?? { ...NO_NEED, images: refresh ? 0 : 1 });
      if (verdict === undefined || verdict.result === "fits") may.push(candidate);
      else if (verdict.result === "no_room" && !this.#told.has(reference)) {
        this.#told.add(reference);
        leftOut.set(reference, verdict.detail);
      }
    }
    return { may, leftOut };
  }

  /** Makes the place for one pull that begins; disposing frees it. */
  reserve({ reference, refresh, sizeBytes }: PullCandidate, signal: AbortSignal): Reservation {
    const flight = new PullFlight(reference, refresh ?? false, sizeBytes);
    this.#flights.add(flight);
    this.#told.delete(reference);
    return {
      admit: async (size) => {
        try {
          return await this.#admit(flight, size, signal);
        } finally {
          flight.judged.resolve();
        }
      },
      waits: () => flight.verdict?.result === "waits",
      arrived: (bytes) => void (flight.arrivedBytes = bytes),
      [Symbol.dispose]: () => {
        this.#flights.delete(flight);
        flight.judged.resolve();
      },
    };
  }

  /** Why running pulls must not all go on, by the gate's last reading; undefined: they may. */
  shortage(): string | undefined {
    const { reading, blockedReason } = this.#deps.diskGate;
    if (reading === undefined) return undefined; // nobody knows; the disk's own limits hold
    if (blockedReason !== undefined) return blockedReason;
    const arriving = [...this.#flights].flatMap((flight) => flight.leastToCome() ?? []);
    return overrun(reading, arriving, this.#rules);
  }

  /** Takes in that a pull was ended in the middle, or failed, because the disk was full. */
  ended(reference: string): void {
    this.#memory.ended(reference, this.#deps.clock.monotonicMs());
  }

  /** Takes in that an image has come. */
  pulled(reference: string): void {
    this.#memory.pulled(reference);
  }

  /** Forgets images that are no longer wanted. */
  keepOnly(isWanted: (reference: string) => boolean): void {
    this.#memory.keepOnly(isWanted);
    for (const reference of this.#told) if (!isWanted(reference)) this.#told.delete(reference);
  }

  async #admit(flight: PullFlight, size: PullSize, signal: AbortSignal): Promise<Admission> {
    const { diskGate, clock } = this.#deps;
    const caution = this.#memory.caution(flight.reference, clock.monotonicMs());
    const need = cautious(flight.needs(size), caution);
    await this.#inTurn(flight, need);
    await diskGate.check(signal); // others write too: the reading of the pass is too old
    const verdict = this.#judge(need, flight);
    if (verdict === undefined) {
      return { admitted: false, detail: diskGate.blockedReason ?? "the agent ends" };
    }
    flight.verdict = verdict;
    if (verdict.result === "fits") {
      flight.need = need;
      return { admitted: true };
    }
    if (!flight.isRefresh) this.#memory.refused(flight.reference, need, clock.monotonicMs());
    if (verdict.result === "no_room") this.#told.add(flight.reference);
    return { admitted: false, detail: verdict.detail };
  }

  /**
   * Lets more urgent pulls be judged first, as their registry may be slower and the choice has to be
   * the same each time. What takes little of the room takes it from nobody.
   */
  async #inTurn(flight: PullFlight, need: PullNeed): Promise<void> {
    if (this.#judge(tenfold(need), flight)?.result === "fits") return;
    const earlier: Promise<void>[] = [];
    for (const other of this.#flights) {
      if (other === flight) break;
      earlier.push(other.judged.promise);
    }
    if (earlier.length > 0) await finishesWithin(Promise.all(earlier), IN_TURN_MS);
  }

  /** Undefined: it cannot be told how full the disk is. */
  #judge(need: PullNeed, self?: PullFlight): RoomVerdict | undefined {
    const { diskGate: { reading }, ledger } = this.#deps;
    if (reading === undefined) return undefined;
    const coming: PullNeed[] = [];
    let isEarlier = true;
    for (const flight of this.#flights) {
      if (flight === self) isEarlier = false;
      // one that began later must not take the room before it is judged
      else if (isEarlier || flight.need !== undefined) coming.push(...flight.mostToCome());
    }
    const warm = { images: ledger.counts().warm, diskBytes: ledger.warmDiskBytes() };
    return judgeRoom(need, { reading, coming, warm }, this.#rules);
  }
}
