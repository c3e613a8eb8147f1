/** One pin of ours. */
export interface ImagePin {
  /** When the image became warm (ms since the epoch), by which the pin ends. */
  readonly warmSince: number;
  /** False when its time was over: it is kept in mind, and holds the image no more. */
  readonly holds: boolean;
}

/** How an image is labelled in containerd. */
export interface PinLabels {
  /** Ours, if there is one. */
  readonly ours?: ImagePin | undefined;
  /** Whether somebody else has pinned it. */
  readonly others: boolean;
}

/**
 * By this label containerd's CRI plug-in, from 1.7 on, tells kubelet to leave an image alone: it is
 * enough that one of the image's names has it. github.com/containerd/containerd/pull/7944
 */
const PINNED = "io.cri-containerd.pinned";
/** Says that the pin is ours; its value is `warmSince`. */
const OURS = "warm-images/pinned";
/** Takes its place when the time of the pin is over. */
const ENDED = "warm-images/pin-ended";

/** Filters of `ctr images ls`, one argument each, that find all images with a label of ours. */
export const OUR_PINS: readonly string[] = [`labels."${OURS}"`, `labels."${ENDED}"`];

/** Arguments of `ctr images label` that pin an image. An empty value removes a label. */
export function pinLabels(warmSince: number): string[] {
  return [`${PINNED}=pinned`, `${OURS}=${Math.round(warmSince)}`, `${ENDED}=`];
}

/** Arguments of `ctr images label` that take our pin back, and keep in mind that it has ended. */
export function unpinLabels(pin: ImagePin, ended: boolean): string[] {
  const mark = `${ENDED}=${ended ? Math.round(pin.warmSince) : ""}`;
  return pin.holds ? [`${PINNED}=`, `${OURS}=`, mark] : [mark];
}

/** Reads `ctr images ls`: REF TYPE DIGEST SIZE PLATFORMS LABELS, the last joined by commas. */
export function parsePins(stdout: string): Map<string, PinLabels> {
  const pins = new Map<string, PinLabels>();
  for (const line of stdout.split("\n").slice(1)) {
    const words = line.trim().split(/\s+/);
    const [name = "", labels = ""] = [words[0], words.at(-1)];
    if (name !== "") pins.set(name, labelsOf(labels));
  }
  return pins;
}

function labelsOf(text: string): PinLabels {
  const labels = new Map(
    text.split(",").map((label) => {
      const [key = "", ...value] = label.split("=");
      return [key, value.join("=")] as const;
    }),
  );
  const isPinned = labels.has(PINNED);
  const ours = labels.get(OURS);
  const ended = labels.get(ENDED);
  if (ours !== undefined) {
    return { ours: { warmSince: timeOf(ours), holds: true }, others: false };
  }
  return {
    ours: ended === undefined ? undefined : { warmSince: timeOf(ended), holds: false },
    others: isPinned,
  };
}

/** What no version of ours has written ends at once. */
function timeOf(text: string): number {
  return /^\d{1,16}$/.test(text) ? Number(text) : 0;
}
