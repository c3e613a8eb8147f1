import type { ReadImageReport } from "../bucket/agent_wire.ts";
import { withoutUnset } from "../without_unset.ts";
import type { FleetImage } from "./fleet_image.ts";

/** What one node says of one image. */
export interface Cell extends Omit<ReadImageReport, "since" | "usedAt"> {
  /** Since when it is in this state, in ms since the epoch; NaN where the report does not tell. */
  readonly sinceMs: number;
  /** When a container first needed it, in ms since the epoch; absent: none has, as far as known. */
  readonly usedAtMs?: number;
}

/** What is said of few images only. */
type Rare = Pick<Cell, "reason" | "progress" | "direct" | "nextTry">;

/**
 * What a report, or a part of it, says of its images: in columns, as the reports of a large fleet have
 * millions of cells, and an object for each would take ten times the memory.
 */
export class ReportCells {
  /** In the order of the report. */
  readonly images: readonly FleetImage[];
  readonly #states: Uint8Array;
  readonly #sinceSeconds: Uint32Array;
  /** 0: not at all. */
  readonly #usedAtSeconds: Uint32Array;
  readonly #bytes: Float64Array;
  readonly #pullSeconds: Float32Array;
  readonly #rare = new Map<number, Rare>();
  readonly #stateNames: readonly string[];
  /** How many images are warm as bytes. */
  readonly asBytes: number;
  /** Bytes of the warm images that came by pulls of the agent, as registries store them. */
  readonly pulledBytes: number;

  /** `imageOf` gives the one object that all reports share; `codeOf` the number of a state. */
  constructor(
    reported: Readonly<Record<string, ReadImageReport>>,
    shared: {
      imageOf(reference: string): FleetImage;
      readonly states: StateNames;
    },
  ) {
    const entries = Object.entries(reported);
    this.images = entries.map(([reference]) => shared.imageOf(reference));
    this.#stateNames = shared.states.all;
    this.#states = new Uint8Array(entries.length);
    this.#sinceSeconds = new Uint32Array(entries.length);
    this.#usedAtSeconds = new Uint32Array(entries.length);
    this.#bytes = new Float64Array(entries.length);
    this.#pullSeconds = new Float32Array(entries.length);
    let [pulledBytes, asBytes] = [0, 0];
    entries.forEach(([, cell], at) => {
      const { state, as, since, bytes, pullSeconds, reason, progress, direct, nextTry, usedAt } =
        cell;
      const isBytes = state === "warm" && as === "bytes";
      if (isBytes) asBytes++;
      this.#states[at] = shared.states.code(state) | (isBytes ? AS_BYTES : 0);
      this.#sinceSeconds[at] = Date.parse(since) / 1000;
      if (usedAt !== undefined) this.#usedAtSeconds[at] = Date.parse(usedAt) / 1000;
      this.#bytes[at] = bytes ?? NaN;
      this.#pullSeconds[at] = pullSeconds ?? NaN;
      if (state === "warm" && pullSeconds !== undefined) pulledBytes += bytes ?? 0;
      if (reason === undefined && progress === undefined && (direct ?? nextTry) === undefined) {
        return;
      }
      this.#rare.set(at, withoutUnset({ reason, progress, direct, nextTry }));
    });
    this.pulledBytes = pulledBytes;
    this.asBytes = asBytes;
  }

  /** How many images there are. */
  get size(): number {
    return this.images.length;
  }

  /** The state of the image at a place. */
  state(at: number): string {
    return this.#stateNames[(this.#states[at] ?? 0) & ~AS_BYTES] ?? "";
  }

  /** Whether only the bytes are kept of the image at a place. */
  isBytes(at: number): boolean {
    return ((this.#states[at] ?? 0) & AS_BYTES) !== 0;
  }

  /** Why the image at a place is as it is, where the report says so. */
  reason(at: number): string | undefined {
    return this.#rare.get(at)?.reason;
  }

  /** Places of the images of which more is said than numbers: all with a reason or progress. */
  explained(): IterableIterator<number> {
    return this.#rare.keys();
  }

  /** All that is said of the image at a place. */
  cell(at: number): Cell {
    const since = this.#sinceSeconds[at] ?? 0;
    return withoutUnset({
      state: this.state(at),
      as: this.isBytes(at) ? "bytes" as const : undefined,
      sinceMs: since === 0 ? NaN : since * 1000,
      bytes: numberOrNone(this.#bytes[at]),
      pullSeconds: numberOrNone(this.#pullSeconds[at]),
      usedAtMs: (this.#usedAtSeconds[at] ?? 0) * 1000 || undefined,
      ...this.#rare.get(at),
    });
  }
}

/** Numbers for the names of states: the known ones, and those that later versions report. */
export class StateNames {
  readonly #names: string[] = ["warm", "pulling", "waiting", "failed", "skipped"];

  /** The names by their numbers. */
  get all(): readonly string[] {
    return this.#names;
  }

  /** The number of a state; all that find no room share one. */
  code(state: string): number {
    const known = this.#names.indexOf(state);
    if (known >= 0) return known;
    if (this.#names.length >= MOST) return this.code(OTHER);
    return this.#names.push(this.#names.length === MOST - 1 ? OTHER : state) - 1;
  }
}

/** A bit beside the number of a state: private images may be most of all. */
const AS_BYTES = 0x80;

const MOST = 32;
const OTHER = "other";

function numberOrNone(value: number | undefined): number | undefined {
  return value === undefined || Number.isNaN(value) ? undefined : value;
}
