import { compareTexts } from "../compare_texts.ts";
import type { ObservedNode, Placement } from "../objects/observed.ts";
import { isOfDaemon } from "../objects/pod_binding.ts";
import type { WantedImage } from "../wants/wanted_entry.ts";

/** What of a wanted image decides where it is due, and when. */
export type MaybeDue = Pick<
  WantedImage,
  "reference" | "priority" | "neededBy" | "due" | "reasons"
>;

/** An image that is due somewhere. */
export type DueImage = MaybeDue & { readonly due: readonly Placement[] };

/** Nothing is due where no agent could ever tell that it is there: agents run on Linux. */
export function mayHaveAgent({ os }: Pick<ObservedNode, "os">): boolean {
  return os === "" || os === "linux";
}

/** Those that are due somewhere. */
export function dueImages(images: ReadonlyMap<string, MaybeDue>): DueImage[] {
  const due: DueImage[] = [];
  for (const image of images.values()) if (isDueSomewhere(image)) due.push(image);
  return due;
}

/**
 * Orders due images: those of DaemonSets first, as other pods of a node need what these do, such as
 * its network; then as agents order pulls by themselves (`byUrgency()`), as far as no size is known.
 */
export function byPull(left: MaybeDue, right: MaybeDue): number {
  return Number(isOfDaemons(right)) - Number(isOfDaemons(left)) ||
    Number(left.neededBy === undefined) - Number(right.neededBy === undefined) ||
    compareTexts(left.neededBy ?? "", right.neededBy ?? "") ||
    right.priority - left.priority ||
    compareTexts(left.reference, right.reference);
}

function isDueSomewhere(image: MaybeDue): image is DueImage {
  return image.due !== undefined;
}

/** Rollbacks of a DaemonSet, and what its variables name, come with the rest. */
function isOfDaemons({ reasons }: MaybeDue): boolean {
  return reasons.some(({ kind, how, of }) =>
    (DAEMONS.has(kind) || of !== undefined && isOfDaemon(of)) && how !== "kept" && how !== "also"
  );
}

/** Kinds with a pod on each node, as reasons call them. */
const DAEMONS: ReadonlySet<string> = new Set(["DaemonSet", "AdvancedDaemonSet"]);
