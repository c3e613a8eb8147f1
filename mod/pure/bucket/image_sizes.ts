import { LIMITS } from "./limits.ts";

/** A larger size counts from this factor on: what grows a little would rewrite entries for ever. */
const GROWTH = 1.1;

interface Size {
  /** The largest that any node has reported; 0 when none has. */
  reported: number;
  /** What entries in the bucket say. */
  settled?: number;
}

/**
 * Bytes per image, as its wanted entry says them. Nodes report different ones (architectures,
 * snapshotters), and each change of an entry wakes every agent. So the largest counts, an entry
 * never becomes smaller, and grows by a tenth or not at all.
 */
export class ImageSizes {
  readonly #sizes = new Map<string, Size>();

  /** What the entry of an image should say; undefined while no node has reported it. */
  get(reference: string): number | undefined {
    const size = this.#sizes.get(reference);
    if (size === undefined) return undefined;
    const { reported, settled = 0 } = size;
    if (reported > settled * GROWTH) size.settled = reported;
    return size.settled;
  }

  /** Takes in what the entry in the bucket says, also when another controller wrote it. */
  stored(reference: string, bytes: number): void {
    const size = this.#at(reference);
    size.settled = Math.max(size.settled ?? 0, bytes);
  }

  /** Takes in what a node reports; returns whether the entry should change. */
  reported(reference: string, bytes: number): boolean {
    if (!(bytes > 0 && bytes <= LIMITS.imageBytes)) return false;
    const size = this.#at(reference);
    size.reported = Math.max(size.reported, bytes);
    return size.reported > (size.settled ?? 0) * GROWTH;
  }

  /** Forgets the images of which `isKnown` is false. */
  prune(isKnown: (reference: string) => boolean): void {
    for (const reference of this.#sizes.keys()) {
      if (!isKnown(reference)) this.#sizes.delete(reference);
    }
  }

  #at(reference: string): Size {
    const known = this.#sizes.get(reference);
    if (known) return known;
    const size: Size = { reported: 0 };
    this.#sizes.set(reference, size);
    return size;
  }
}
