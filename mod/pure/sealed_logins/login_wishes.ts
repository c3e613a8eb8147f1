import { encodeName } from "../bucket/state_keys.ts";
import { sealedKey } from "../bucket/sealed_keys.ts";
import type { ObservedNode } from "../objects/observed.ts";
import { mayRun } from "../placement/eligibility.ts";
import { type PrivateUse, type PullSecret, secretName } from "../private_images/private_use.ts";
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

/**
 * The logins that a node needs now: of the Secrets that pods name which may run there, for images that
 * it has not, as `lackedImages()` tells them. What has failed comes last, and of that what failed last
 * comes first: images that cannot be had for days keep no others from their logins.
 */
export function loginWishes(
  images: readonly PrivateImage[],
  node: ObservedNode,
  lacked: ReadonlyMap<string, number>,
): LoginWish[] {
  const wishes: { readonly failedMs: number; readonly ofImage: readonly LoginWish[] }[] = [];
  for (const { reference, placements, private: uses } of images) {
    const failedMs = lacked.get(reference);
    if (failedMs === undefined) continue;
    const fitting = uses.filter((use) =>
      (use.placements ?? placements).some((placement) => mayRun(placement, node))
    );
    const ofImage = fitting.flatMap(({ secrets }) => secrets).map((secret) => {
      const id = encodeName(`${secretName(secret)}/${reference}`);
      return { key: sealedKey(node.name, id), node: node.name, image: reference, secret };
    });
    if (ofImage.length > 0) wishes.push({ failedMs, ofImage });
  }
  wishes.sort((one, other) =>
    Number(one.failedMs > 0) - Number(other.failedMs > 0) || other.failedMs - one.failedMs
  );
  return wishes.slice(0, MOST_IMAGES).flatMap(({ ofImage }) => ofImage);
}

/** As many of the wishes of each node, so that there are no more than `most` while nodes are fewer. */
export function withinMost<T>(ofNodes: readonly (readonly T[])[], most: number): T[] {
  const count = ofNodes.reduce((sum, { length }) => sum + length, 0);
  if (count <= most) return ofNodes.flat();
  const share = Math.max(Math.floor(most / ofNodes.length), 1);
  return ofNodes.flatMap((wishes) => wishes.slice(0, share));
}
