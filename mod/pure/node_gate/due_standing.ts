import { isFinalFailure } from "../pulls/final_reason.ts";
import { reasonCode } from "../fleet/reason_counts.ts";

/** How an image stands on a node, by its agent's report. */
export interface StandingOfImage {
  readonly state: string;
  readonly reason?: string | undefined;
  /** It awaits a login that does not come. */
  readonly lacksLogin?: true;
}

/** How the images stand that a node has to have before its gate opens. */
export interface DueStanding {
  /** How many are present and usable. */
  readonly warm: number;
  /** Those that may still come, in the order of `due`. */
  readonly awaited: readonly string[];
  /** Those that the node will not get soon by itself: nobody waits for them. */
  readonly hopeless: readonly { readonly image: string; readonly reason: string }[];
}

/** Judges the due images by what a node reports; undefined: its report does not name the image. */
export function dueStanding(
  due: readonly string[],
  standingOf: (image: string) => StandingOfImage | undefined,
): DueStanding {
  let warm = 0;
  const awaited: string[] = [];
  const hopeless: { image: string; reason: string }[] = [];
  for (const image of due) {
    const standing = standingOf(image);
    if (standing?.state === "warm") warm++;
    else if (standing !== undefined && isHopeless(standing)) {
      hopeless.push({ image, reason: standing.reason ?? standing.state });
    } else awaited.push(image);
  }
  return { warm, awaited, hopeless };
}

/** Whether that is enough: all that can come are there, or the share that is asked for. */
export function isEnough({ warm, awaited, hopeless }: DueStanding, share = 1): boolean {
  if (awaited.length === 0) return true;
  const due = warm + awaited.length + hopeless.length;
  return share < 1 && warm >= share * due - ROUNDING;
}

/** 7 % of 100 images are 7.000000000000001, and 7 are enough. */
const ROUNDING = 1e-6;

/** A node that does without an image, a failure after which it is tried again rarely, no login. */
function isHopeless({ state, reason, lacksLogin }: StandingOfImage): boolean {
  return state === "skipped" || lacksLogin === true ||
    (state === "failed" && isFinalFailure(reasonCode(reason)));
}
