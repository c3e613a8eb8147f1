import { encodeName } from "../bucket/state_keys.ts";
import { sealedKey } from "../bucket/sealed_keys.ts";
import type { ObservedNode } from "../objects/observed.ts";
import { mayRun } from "../placement/eligibility.ts";
import { type PrivateUse, type PullSecret, secretName } from "../private_images/private_use.ts";
import type { WantedImage } from "../wants/wanted_entry.ts";

/** So many images of a node get logins at a time: it pulls a few side by side. */
const MOST_IMAGES = 20;
/** … and so many at least, however many nodes lack images. */
const LEAST_IMAGES = 4;
/** So many images get logins at a time over all nodes: they must leave room in the bucket. */
const MOST_OF_ALL = 20_000;
/** An image that many namespaces ask for is tried by the logins of so many Secrets. */
const MOST_SECRETS = 8;

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

/** An image that a node lacks, and the Secrets by which pods that may run there pull it. */
export interface LackedImage {
  readonly reference: string;
  readonly secrets: readonly PullSecret[];
}

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

/** What of `images` a node should have and lacks, the most urgent first. */
export function lackedImages(
  images: readonly PrivateImage[],
  node: ObservedNode,
  lacks: (reference: string) => boolean,
): LackedImage[] {
  const lacked: LackedImage[] = [];
  for (const { reference, placements, private: uses } of images) {
    if (!lacks(reference)) continue;
    const fitting = uses.filter((use) =>
      (use.placements ?? placements).some((placement) => mayRun(placement, node))
    );
    const secrets = eachOnce(fitting.flatMap((use) => use.secrets));
    if (secrets.length > 0) lacked.push({ reference, secrets });
  }
  return lacked;
}

/** How many images of a node get logins at a time, where so many nodes lack some. */
export function imagesAtATime(nodes: number): number {
  return Math.min(Math.max(Math.floor(MOST_OF_ALL / nodes), LEAST_IMAGES), MOST_IMAGES);
}

/**
 * The logins that a node is given now, for at most `most` images. Only those count for which a Secret
 * gives one, and Secrets take turns: one that opens nothing keeps no other from being used.
 */
export function loginWishes(
  lacked: readonly LackedImage[],
  { node, most, gives }: {
    readonly node: string;
    readonly most: number;
    readonly gives: (secret: PullSecret, reference: string) => boolean;
  },
): LoginWish[] {
  const usable = lacked.map(({ reference, secrets }) => ({
    reference,
    secrets: secrets.filter((secret) => gives(secret, reference)).slice(0, MOST_SECRETS),
  })).filter(({ secrets }) => secrets.length > 0);
  const chosen = usable.length > most ? inTurns(usable).slice(0, most) : usable;
  return chosen.flatMap(({ reference, secrets }) =>
    secrets.map((secret) => {
      const id = encodeName(`${secretName(secret)}/${reference}`);
      return { key: sealedKey(node, id), node, image: reference, secret };
    })
  );
}

/** Nearly always there is one, and this is asked for each image of each node. */
function eachOnce(secrets: readonly PullSecret[]): readonly PullSecret[] {
  if (secrets.length < 2) return secrets;
  return [...new Map(secrets.map((secret) => [secretName(secret), secret])).values()];
}

/** The first image of each Secret, then the second of each, and so on. */
function inTurns(images: readonly LackedImage[]): LackedImage[] {
  const counts = new Map<string, number>();
  const turns = images.map((image) => {
    const name = image.secrets.map(secretName).join();
    const turn = counts.get(name) ?? 0;
    counts.set(name, turn + 1);
    return { image, turn };
  });
  return turns.toSorted((one, other) => one.turn - other.turn).map(({ image }) => image);
}
