import { encodeName } from "../bucket/state_keys.ts";
import { sealedKey } from "../bucket/sealed_keys.ts";
import type { ObservedNode } from "../objects/observed.ts";
import { mayRun } from "../placement/eligibility.ts";
import type { PrivateUse, PullSecret } from "../private_images/private_use.ts";
import type { WantedImage } from "../wants/wanted_entry.ts";

/** So many images of a node get logins at a time: it pulls a few side by side. */
const MOST_IMAGES = 20;

/** A login that a node needs: of one Secret, for one image. */
export interface LoginWish {
  /** Of the bucket, under which it is given. */
  readonly key: string;
  readonly node: string;
  /** Canonical. */
  readonly image: string;
  readonly secret: PullSecret;
}

/** What of a wanted image it takes to know who needs a login for it. */
export type PrivateImage = Pick<WantedImage, "reference" | "priority" | "placements"> & {
  readonly private: readonly PrivateUse[];
};

/** Images for which Secrets may be read, the most urgent first; `may` says which Secrets are allowed. */
export function privateImages(
  images: Iterable<WantedImage>,
  may: (secret: PullSecret) => boolean,
): PrivateImage[] {
  const found: PrivateImage[] = [];
  for (const { reference, priority, placements, private: uses = [] } of images) {
    const allowed = uses.map((use) => ({ ...use, secrets: use.secrets.filter(may) }))
      .filter(({ secrets }) => secrets.length > 0);
    if (allowed.length > 0) found.push({ reference, priority, placements, private: allowed });
  }
  return found.sort((one, other) => other.priority - one.priority);
}

/** How an image stands on a node: `failed` is one that it lacks and has tried in vain. */
export type Standing = "has" | "lacks" | "failed";

/**
 * The logins that a node needs now: of the Secrets that pods name which may run there, for images that
 * it lacks. Those that fail come last, or twenty for which no login is good would keep all others from
 * theirs.
 */
export function loginWishes(
  images: readonly PrivateImage[],
  node: ObservedNode,
  standingOf: (reference: string) => Standing,
): LoginWish[] {
  const lacking: LoginWish[][] = [];
  const failed: LoginWish[][] = [];
  for (const image of images) {
    if (lacking.length === MOST_IMAGES) break;
    const standing = standingOf(image.reference);
    if (standing === "has") continue;
    const wishes = wishesFor(image, node);
    if (wishes.length > 0) (standing === "failed" ? failed : lacking).push(wishes);
  }
  return [...lacking, ...failed].slice(0, MOST_IMAGES).flat();
}

function wishesFor(
  { reference, placements, private: uses }: PrivateImage,
  node: ObservedNode,
): LoginWish[] {
  return uses
    .filter((use) => (use.placements ?? placements).some((placement) => mayRun(placement, node)))
    .flatMap(({ secrets }) => secrets)
    .map((secret) => {
      const id = encodeName(`${secret.namespace}/${secret.name}/${reference}`);
      return { key: sealedKey(node.name, id), node: node.name, image: reference, secret };
    });
}
