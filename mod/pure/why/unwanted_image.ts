import type { MetaRules, WhyValue } from "../bucket/wire.ts";
import { durationText } from "../duration_text.ts";
import { parseImageReference } from "../images/image_reference.ts";
import { ignoresImage } from "../wants/space_rules.ts";
import { withoutUnset } from "../without_unset.ts";
import { nearestImages } from "./named_images.ts";
import { withheldText } from "./private_text.ts";

/** What `controller why` says of an image that the bucket does not have; its JSON. */
export interface UnwantedImage {
  readonly v: 1;
  /** As it was asked for. */
  readonly asked: string;
  /** Canonical reference; absent where the text is none. */
  readonly image?: string;
  readonly isWanted: false;
  /** Known images that are called alike, the nearest first; at most five. */
  readonly nearest: readonly string[];
  /** What leaves it out, or may do so; absent where the controller does not tell its rules. */
  readonly rules?: readonly LeavingOut[];
}

/** A rule of the controller that leaves images out. */
export interface LeavingOut {
  /** The setting, by the name of its flag; or a mark that is missing. */
  readonly rule:
    | ("ignore-images" | "list-spaces" | "ignore-spaces" | "only-marked" | "cron-lead")
    | "warm-images/private";
  /** Whether it certainly leaves the image out; else it does where only such objects name it. */
  readonly certain: boolean;
  /** In words. */
  readonly text: string;
}

/** Says what may be the cause that nothing wants an image. */
export function unwantedImage(
  asked: string,
  { known, image: named, rules, why }: {
    readonly known: Iterable<string>;
    /** Canonical reference of the one that pods ask for in vain and that is meant; absent: none. */
    readonly image?: string | undefined;
    readonly rules: MetaRules | undefined;
    /** The value of `why.<image>`: it is there where pods ask for the image in vain. */
    readonly why?: WhyValue | undefined;
  },
): UnwantedImage {
  const parsed = parseImageReference(asked.trim());
  const image = named ?? ("reference" in parsed ? parsed.reference.canonical : undefined);
  const byRules = rules && leavingOut(rules, { written: asked.trim(), reference: image ?? asked });
  const byMark = image !== undefined && why?.withheld !== undefined
    ? [{
      rule: "warm-images/private" as const,
      certain: true,
      text: withheldText(image, why.withheld, rules?.private),
    }]
    : undefined;
  return withoutUnset({
    v: 1,
    asked,
    image,
    isWanted: false,
    nearest: nearestImages(asked, known).filter((each) => each !== image),
    rules: byMark === undefined ? byRules : [...byMark, ...byRules ?? []],
  });
}

/**
 * The rules that leave an image out, or may: which objects named an image that does not count is
 * nowhere kept. Judges images as `WantsFold` does.
 */
export function leavingOut(
  rules: MetaRules,
  image: { readonly written: string; readonly reference: string },
): LeavingOut[] {
  const { listSpaces, ignoreSpaces, ignoreImages, onlyMarked, cronLeadMs } = rules;
  const found: LeavingOut[] = [];
  const add = (rule: LeavingOut["rule"], text: string, certain = false) =>
    found.push({ rule, certain, text });
  for (const each of ignoreImages) {
    const alone = { listSpaces, ignoreSpaces, ignoreImages: [each], listImages: [] };
    if (!ignoresImage(alone, image)) continue;
    add("ignore-images", `its name contains "${each}", which ignore-images leaves out`, true);
  }
  if (!listSpaces.includes("*")) {
    add("list-spaces", `only objects in namespaces ${listed(listSpaces)} count (list-spaces)`);
  }
  if (ignoreSpaces.length > 0) {
    add("ignore-spaces", `no objects in namespaces ${listed(ignoreSpaces)} count (ignore-spaces)`);
  }
  if (onlyMarked) {
    add("only-marked", 'only what is marked warm-images/watch: "true" counts (only-marked)');
  }
  if (cronLeadMs !== undefined) {
    const lead = durationText(cronLeadMs);
    add("cron-lead", `what runs by a schedule counts from ${lead} before its run (cron-lead)`);
  }
  return found;
}

const NAMED = 8;

function listed(names: readonly string[]): string {
  const more = names.length > NAMED ? [`${names.length - NAMED} more`] : [];
  return [...names.slice(0, NAMED), ...more].join(", ") || "of no name at all";
}
