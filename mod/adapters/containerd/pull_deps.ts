import type { Clock } from "../../ports/clock.ts";
import type { Logger } from "../../ports/logger.ts";
import type { PullRelay } from "../../ports/pull_relay.ts";
import type { CtrTarget } from "../../pure/pulls/ctr_arguments.ts";
import type { CtrVersions } from "../../pure/pulls/ctr_versions.ts";
import type { ContentStore } from "./content_store.ts";
import type { Ctr } from "./ctr_process.ts";
import type { CtrQueries } from "./ctr_queries.ts";
import type { DaemonWay } from "./daemon_way.ts";
import type { OurLeases } from "./leases.ts";
import type { GatheredChecks } from "./gathered_checks.ts";
import type { OurDownloads } from "./our_downloads.ts";
import type { ProvenWays } from "./proven_ways.ts";
import type { Snapshotter } from "./snapshotter.ts";

/** The namespace of containerd in which bytes of images are kept. */
export interface BytesPlace {
  readonly target: CtrTarget;
  readonly queries: CtrQueries;
  /** Of fetches that have ended. */
  readonly checks: GatheredChecks;
  readonly leases: OurLeases;
}

/** What all pulls of one runtime work with. */
export interface PullDeps {
  readonly ctr: Ctr;
  readonly queries: CtrQueries;
  /** Of pulls that have ended. */
  readonly checks: GatheredChecks;
  readonly target: CtrTarget;
  /** The node's own hosts.toml files, for pulls without the relay. */
  readonly hostsDir: string | undefined;
  readonly snapshotter: Snapshotter;
  readonly idleTimeoutMs: number;
  /** Undefined: ctr asks registries by itself. */
  readonly relay: PullRelay | undefined;
  readonly daemonWay: DaemonWay;
  readonly provenWays: ProvenWays;
  readonly content: ContentStore;
  readonly downloads: OurDownloads;
  readonly leases: OurLeases;
  /** Where bytes of images are kept; undefined: nowhere. */
  readonly bytes: BytesPlace | undefined;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Registries of which it has been said that their pulls go without the relay. */
  readonly toldDirect: Set<string>;
  versions(options: { readonly signal: AbortSignal }): Promise<CtrVersions>;
}
