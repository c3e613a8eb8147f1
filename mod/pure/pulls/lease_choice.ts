/** A lease as containerd lists it; it carries no owner. */
export interface Lease {
  /** `<nanosecond within the second>-<4 characters>`: whoever made it took the time for the number. */
  readonly id: string;
  /** By the daemon's clock, in ms since the epoch; whole seconds. */
  readonly createdAt: number;
}

/** When a lease was made that belongs to a run of ctr, in ms since the epoch, both included. */
export interface LeaseWindow {
  /** ctr was started. */
  readonly from: number;
  /** The lease was made by then, if it was made at all. */
  readonly until: number;
  /** Whether it was made, as far as is known: ctr does so before it asks a registry for anything. */
  readonly isMade: boolean;
}

/**
 * The lease that was made within `window`; undefined where there is none, or more than one that may
 * have been: kubelet's pulls and those of others make leases of the same form, and nobody else's may
 * ever be taken for ours. One that only may have been made in it is ours where ours is known to be
 * there: on a busy node the daemon often writes down a lease in the second after it was made.
 */
export function chooseLease(leases: readonly Lease[], window: LeaseWindow): Lease | undefined {
  // One that was made at the end of a second may have been written down in the next.
  const perhaps = leases.filter((lease) =>
    isWithin(madeAt(lease), window) || isWithin(madeAt(lease) - 1000, window)
  );
  const [only] = perhaps;
  if (only === undefined || perhaps.length > 1) return undefined;
  return window.isMade || isWithin(madeAt(only), window) ? only : undefined;
}

/** When its id was made, in ms since the epoch, if the daemon wrote it down in the same second. */
function madeAt({ id, createdAt }: Lease): number {
  return createdAt + Number(id.split("-", 1)[0]) / 1_000_000;
}

/** Both ends of a window are whole milliseconds, cut off. */
function isWithin(at: number, { from, until }: Pick<LeaseWindow, "from" | "until">): boolean {
  return at >= from && at < until + 1;
}
