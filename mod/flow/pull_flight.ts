import type { PullSize } from "../ports/image_runtime.ts";
import { diskBytesOf, type ImageNeed, needOf } from "../pure/room/image_need.ts";
import { NO_NEED } from "../pure/room/pull_need.ts";
import type { PullNeed, RoomVerdict } from "../pure/room/room.ts";

/** One pull on its way. */
export class PullFlight {
  /** Resolves once it is known whether it has room, or need not be known any more. */
  readonly judged = Promise.withResolvers<void>();
  /** Set once it was judged. */
  verdict: RoomVerdict | undefined;
  /** Set once it was admitted. */
  need: PullNeed | undefined;
  /** How much of what it fetches has come. */
  arrivedBytes = 0;

  constructor(
    readonly reference: string,
    readonly isRefresh: boolean,
    /** What other nodes say it weighs. */
    readonly sizeBytes: number | undefined,
  ) {}

  /** What it takes by what its registry says. */
  needs(size: PullSize): PullNeed {
    return {
      ...needOf(size),
      diskBytes: diskBytesOf(size.bytes, size.as),
      images: this.isRefresh ? 0 : 1,
    };
  }

  /**
   * What it may still write. Of layers that have arrived nobody knows how far they are unpacked, so
   * they count until its end: others wait a little longer for that.
   */
  mostToCome(): PullNeed[] {
    if (this.verdict !== undefined && this.verdict.result !== "fits") return [];
    const { need, arrivedBytes, sizeBytes } = this;
    if (need !== undefined) {
      return [{ ...need, contentBytes: Math.max(0, need.contentBytes - arrivedBytes) }];
    }
    if (this.isRefresh) return [];
    if (sizeBytes === undefined) return [{ ...NO_NEED, images: 1 }];
    const whole = { digest: "", bytes: sizeBytes, mediaType: "" };
    return [this.needs({ bytes: sizeBytes, missing: [whole] })];
  }

  /** What it will write at least: what has not arrived is not unpacked either. */
  leastToCome(): ImageNeed | undefined {
    if (this.need === undefined) return undefined;
    const { contentBytes, contentInodes, snapshotBytes, snapshotInodes } = this.need;
    if (contentBytes === 0) return undefined;
    const left = Math.max(0, 1 - this.arrivedBytes / contentBytes);
    return {
      contentBytes: contentBytes * left,
      contentInodes: contentInodes * left,
      snapshotBytes: snapshotBytes * left,
      snapshotInodes: snapshotInodes * left,
    };
  }
}
