import type { Clock } from "../../ports/clock.ts";
import type { ImageRuntime, RuntimeVersion } from "../../ports/image_runtime.ts";
import type { PullRelay } from "../../ports/pull_relay.ts";
import type { Logger } from "../../ports/logger.ts";
import type { Metrics } from "../../ports/metrics.ts";
import { BYTES_NAMESPACE } from "../../pure/pulls/bytes_arguments.ts";
import type { CtrVersions } from "../../pure/pulls/ctr_versions.ts";
import { openContentStore } from "./content_store.ts";
import { openCtr } from "./ctr_process.ts";
import { ctrQueries } from "./ctr_queries.ts";
import { DaemonWay } from "./daemon_way.ts";
import { GatheredChecks } from "./gathered_checks.ts";
import { addBytes, checkImages } from "./image_check.ts";
import { openBytesPlace } from "./bytes/bytes_place.ts";
import { pullImage } from "./image_pull.ts";
import { openLeaseFiles } from "./lease_files.ts";
import { OurLeases } from "./leases.ts";
import { OurDownloads } from "./our_downloads.ts";
import { ProvenWays } from "./proven_ways.ts";
import { followEvents } from "./runtime_events.ts";
import { openSnapshotter } from "./snapshotter.ts";

/** How to reach containerd. */
export interface CtrRuntimeOptions {
  /** Absolute path of containerd's socket. */
  readonly address: string;
  /** Kubernetes' own is `k8s.io`. */
  readonly namespace: string;
  /** Where it keeps its data. */
  readonly root: string;
  /** Undefined: ctr asks registries by itself. */
  readonly relay?: PullRelay | undefined;
  /** Path of ctr, or a name on PATH. */
  readonly ctr: string;
  /** Absolute path of the folder with `<registry>/hosts.toml`, the same here and on the host. */
  readonly hostsDir?: string | undefined;
  /**
   * Absolute path of a folder in memory, for this program alone, that outlives it: what its pulls
   * have left in containerd when it is killed is known by it to the next. Undefined: it is not.
   */
  readonly leaseFolder?: string | undefined;
  /** Name of the snapshotter that kubelet's containers use; "auto", the default, finds it out. */
  readonly snapshotter?: string | undefined;
  /** A pull without any progress for this long is ended. */
  readonly pullIdleTimeoutMs: number;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
  /** All the environment that ctr gets (see `CtrOptions.env`). */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** How long a query of containerd may take, in ms. Default 30 s. */
  readonly queryDeadlineMs?: number | undefined;
  /** Time between SIGTERM and SIGKILL for a ctr that has to end, in ms. Default 5 s. */
  readonly killGraceMs?: number | undefined;
}

/** What `openCtrRuntime()` opens. Disposing leaves to the next agent what ended pulls have left. */
export interface CtrRuntime extends ImageRuntime, Disposable {
  /** Name of the snapshotter that images are unpacked for, as far as it is known by now. */
  readonly snapshotter: string;
}

/**
 * A containerd 1.6 or newer, driven through `ctr`, whose version may differ from the daemon's.
 * Opening it starts nothing. Throws RangeError when `address` or `hostsDir` is not absolute.
 */
export function openCtrRuntime(options: CtrRuntimeOptions): CtrRuntime {
  requireAbsolute("containerd address", options.address);
  if (options.hostsDir !== undefined && options.hostsDir !== "") {
    requireAbsolute("hosts folder", options.hostsDir);
  }
  const { address, namespace, hostsDir, logger, metrics, clock } = options;
  const target = { address, namespace };
  const ctr = openCtr({ ...options, command: options.ctr });
  const snapshotter = openSnapshotter(options.snapshotter ?? "auto", { ctr, target, logger });
  const queries = ctrQueries(ctr, target, snapshotter);

  const provenWays = new ProvenWays();
  // The flags of ctr depend on the versions, which change only while the daemon is away.
  let known: CtrVersions | undefined;
  const askVersions = async (
    { signal }: { readonly signal: AbortSignal },
  ): Promise<CtrVersions> => {
    known = undefined;
    provenWays.forget();
    return known = await queries.versions({ signal });
  };
  const downloads = new OurDownloads();
  const content = openContentStore(options.root);
  const files = openLeaseFiles(options.leaseFolder, logger);
  const leases = new OurLeases({ ctr, target, files, logger, clock });
  const kept = namespace === BYTES_NAMESPACE
    ? undefined
    : openBytesPlace({ ...options, ctr, snapshotter });
  const allLeases = kept === undefined ? [leases] : [leases, kept.place.leases];
  const pullDeps = {
    ctr,
    queries,
    checks: new GatheredChecks(queries),
    target,
    hostsDir,
    snapshotter,
    relay: options.relay,
    daemonWay: new DaemonWay(logger),
    provenWays,
    content,
    downloads,
    leases,
    bytes: kept?.place,
    logger,
    clock,
    toldDirect: new Set<string>(),
    idleTimeoutMs: options.pullIdleTimeoutMs,
    versions: async ({ signal }: { readonly signal: AbortSignal }) =>
      known ?? await askVersions({ signal }),
  };

  return {
    get snapshotter() {
      return snapshotter.name;
    },
    bytes: kept?.bytes,
    version: ({ signal }): Promise<RuntimeVersion> => askVersions({ signal }),
    async check(references, { signal, bytes }) {
      const seen = await checkImages(queries, references, { signal });
      if (kept && bytes) await addBytes(seen, bytes, kept.place, { signal });
      for (const each of allLeases) await each.removeOfUsable(seen, { signal });
      return seen;
    },
    async pull(reference, pullOptions) {
      const outcome = await pullImage(pullDeps, reference, pullOptions);
      if (outcome.result === "failed" && outcome.failure === "runtime") known = undefined;
      for (const each of allLeases) await each.settle(reference, outcome, pullOptions);
      return outcome;
    },
    async discard(reference, { signal }) {
      for (const each of allLeases) await each.remove(reference, { signal });
    },
    async leftovers() {
      const left = await Promise.all(allLeases.map((each) => each.references()));
      return new Set(left.flatMap((references) => [...references]));
    },
    othersDownload: () => downloads.othersDownload(content),
    pausePulls(paused) {
      downloads.pause(paused);
      options.relay?.pause(paused);
    },
    events({ signal }) {
      const probe = (options: { readonly signal: AbortSignal }) => {
        snapshotter.forget();
        return askVersions(options);
      };
      return followEvents({ ctr, target, logger, metrics, probe }, { signal });
    },
    [Symbol.dispose]() {
      files[Symbol.dispose]();
      kept?.[Symbol.dispose]();
    },
  };
}

function requireAbsolute(what: string, path: string): void {
  if (path.startsWith("/")) return;
  throw new RangeError(`Cannot use ${what} "${path}" as it must be an absolute path`);
}
