import type { PullWay } from "../../pure/pulls/pull_way.ts";

/** A pull that ctr calls a success. */
export interface ClaimedPull {
  readonly way: PullWay;
  readonly snapshotter: string;
}

/**
 * Ways by which a pull has been seen to bring a usable image. What may be wrong with ctr's word is a
 * matter of the daemon's configuration, such as what it unpacks for, or of a platform that the image
 * lacks, whose blobs are missing then. So once a way is proven and all blobs are there, a process that
 * checks each pull tells nothing new; it took a third of the processor time of small ones.
 */
export class ProvenWays {
  readonly #proven = new Set<string>();

  has(pull: ClaimedPull): boolean {
    return this.#proven.has(keyOf(pull));
  }

  add(pull: ClaimedPull): void {
    this.#proven.add(keyOf(pull));
  }

  /** containerd may have been started with another configuration. */
  forget(): void {
    this.#proven.clear();
  }
}

function keyOf({ way, snapshotter }: ClaimedPull): string {
  return `${way} ${snapshotter}`;
}
