import type { ImageBytes } from "../../../ports/image_bytes.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { Logger } from "../../../ports/logger.ts";
import { BYTES_NAMESPACE } from "../../../pure/pulls/bytes_arguments.ts";
import type { Ctr } from "../ctr_process.ts";
import { ctrQueries } from "../ctr_queries.ts";
import { GatheredChecks } from "../gathered_checks.ts";
import { openLeaseFiles } from "../lease_files.ts";
import { OurLeases } from "../leases.ts";
import type { BytesPlace } from "../pull_deps.ts";
import type { Snapshotter } from "../snapshotter.ts";
import { keptBytes } from "./kept_bytes.ts";

/** What `openBytesPlace()` opens. */
export interface OpenBytesPlace extends Disposable {
  readonly place: BytesPlace;
  readonly bytes: ImageBytes;
}

/** Opens the namespace in which bytes of images are kept; containerd makes it when it is first used. */
export function openBytesPlace(
  { ctr, address, snapshotter, leaseFolder, logger, clock }: {
    readonly ctr: Ctr;
    /** Absolute path of containerd's socket. */
    readonly address: string;
    readonly snapshotter: Snapshotter;
    /** See `CtrRuntimeOptions`. */
    readonly leaseFolder?: string | undefined;
    readonly logger: Logger;
    readonly clock: Clock;
  },
): OpenBytesPlace {
  const target = { address, namespace: BYTES_NAMESPACE };
  const queries = ctrQueries(ctr, target, snapshotter);
  // Apart from the others, as ids of leases are unique within a namespace.
  const files = openLeaseFiles(leaseFolder && `${leaseFolder}/bytes`, logger);
  const leases = new OurLeases({ ctr, target, files, logger, clock });
  const place = { target, queries, checks: new GatheredChecks(queries), leases };
  return {
    place,
    bytes: keptBytes(place, { ctr, files, clock }),
    [Symbol.dispose]: () => files[Symbol.dispose](),
  };
}
