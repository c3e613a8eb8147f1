import { compareTexts } from "../compare_texts.ts";
import { diskBytesOf } from "../room/image_need.ts";
import { majorVersion } from "./ctr_versions.ts";

/** Which images are pinned, and how much and how long. */
export interface PinRules {
  /** `due`: those that a pod waits for or needs soon; `wanted`: all. */
  readonly which: "off" | "due" | "wanted";
  /** The most that they may take of the disk. */
  readonly maxBytes: number;
  /** How long a pin holds after the image became warm, in ms. */
  readonly forMs: number;
}

/** A wanted image that is warm. */
export interface PinCandidate {
  readonly reference: string;
  /** As stored in the registry; an image of unknown size is not pinned. */
  readonly bytes: number | undefined;
  readonly priority: number;
  /** ISO time since which a pod waits for it, or at which one will need it. */
  readonly neededBy: string | undefined;
  /** Ms since the epoch. */
  readonly warmSince: number;
}

/** An image to be pinned, and what it takes of the disk. */
export type ChosenPin = PinCandidate & { readonly diskBytes: number };

/** What should be pinned. */
export interface PinChoice {
  /** By reference. */
  readonly pinned: ReadonlyMap<string, ChosenPin>;
  /** References whose time is over. */
  readonly ended: ReadonlySet<string>;
  /** When the next pin ends (ms since the epoch). */
  readonly nextAt: number | undefined;
}

/**
 * Chooses what should be pinned at `now` (ms since the epoch): the most urgent ones that the budget
 * takes. The order depends on nothing that changes by itself, so that pins do not come and go.
 */
export function choosePins(
  warm: readonly PinCandidate[],
  rules: PinRules,
  now: number,
): PinChoice {
  const ended = new Set<string>();
  const pinned = new Map<string, ChosenPin>();
  let bytes = 0;
  let nextAt: number | undefined;
  for (const image of warm.toSorted(byUrgency)) {
    if (rules.which === "off" || rules.which === "due" && image.neededBy === undefined) continue;
    const endsAt = image.warmSince + rules.forMs;
    if (endsAt <= now) {
      ended.add(image.reference);
      continue;
    }
    const diskBytes = image.bytes === undefined ? Infinity : diskBytesOf(image.bytes);
    if (bytes + diskBytes > rules.maxBytes) continue;
    bytes += diskBytes;
    pinned.set(image.reference, { ...image, diskBytes });
    nextAt = Math.min(nextAt ?? endsAt, endsAt);
  }
  return { pinned, ended, nextAt };
}

function byUrgency(a: PinCandidate, b: PinCandidate): number {
  return compareTexts(a.neededBy ?? "9999", b.neededBy ?? "9999") ||
    b.priority - a.priority ||
    (a.bytes ?? Infinity) - (b.bytes ?? Infinity) || // NaN when both are unknown: equal
    compareTexts(a.reference, b.reference);
}

/** Whether this version of containerd tells kubelet which images are pinned. */
export function honoursPins(server: string): boolean {
  const minor = Number(/^v?1\.(\d+)/.exec(server)?.[1] ?? Infinity);
  return majorVersion(server) >= 2 || minor >= 7;
}
