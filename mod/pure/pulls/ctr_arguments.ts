import { type CtrVersions, majorVersion } from "./ctr_versions.ts";
import { EVENT_TOPICS } from "./ctr_events.ts";
import type { PullWay } from "./pull_way.ts";
import { DEFAULT_SNAPSHOTTER } from "./snapshotter_choice.ts";

/** Which daemon `ctr` talks to, and in which of its namespaces images live. */
export interface CtrTarget {
  /** Absolute path of containerd's socket; newer ctr takes a relative one for a host name. */
  readonly address: string;
  /** Kubernetes' own is `k8s.io`. */
  readonly namespace: string;
}

/** Filters in one `images check`: ctr compares each of them with every image of the node. */
export const MAX_CHECKED_AT_ONCE = 50;

/**
 * Why `reference` may not become an argument of ctr; undefined when it may. It must neither be an
 * option nor end the filter it is quoted in; everything else is the registry's business.
 */
export function argumentFault(reference: string): string | undefined {
  if (reference === "") return "Reference is empty";
  if (reference.startsWith("-")) return `Reference "${reference}" begins with "-"`;
  if (/[\s\p{Cc}"'\\,]/u.test(reference)) {
    return `Reference ${JSON.stringify(reference)} holds a character no reference can have`;
  }
  return undefined;
}

/** `ctr version`: client and daemon. */
export function versionArguments(target: CtrTarget): string[] {
  return [...connection(target), "version"];
}

/**
 * `ctr images pull` with the flags these versions need. ctr 1.x always pulls by itself, ctr 2 with
 * `--local`. Throws RangeError for what is not a reference.
 */
export function pullArguments(
  reference: string,
  options: CtrTarget & {
    readonly version: CtrVersions;
    /** Absolute path; a folder that does not exist is ignored by ctr. */
    readonly hostsDir?: string | undefined;
    readonly way: PullWay;
    /** For which the image is unpacked; undefined: the default one. */
    readonly snapshotter?: string | undefined;
  },
): string[] {
  const { version, hostsDir, way, snapshotter } = options;
  const flags = snapshotterFlags(snapshotter);
  if (hostsDir !== undefined && hostsDir !== "") flags.push("--hosts-dir", hostsDir);
  if (majorVersion(version.client) >= 2) {
    if (way === "client") flags.push("--local");
    // Else ctr fetches the manifests of all platforms, and registries limit manifests.
    flags.push("--skip-metadata");
  }
  return [...connection(options), "images", "pull", ...flags, requireArgument(reference)];
}

/**
 * `ctr images check` of these images only: whether they are unpacked for `snapshotter`, undefined for
 * the default one. Throws RangeError for what is not a reference.
 */
export function checkArguments(
  references: readonly string[],
  target: CtrTarget,
  snapshotter?: string,
): string[] {
  const filters = references.map((reference) => `name=="${requireArgument(reference)}"`);
  return [...connection(target), "images", "check", ...snapshotterFlags(snapshotter), ...filters];
}

/** `ctr images ls`: names only. */
export function listArguments(target: CtrTarget): string[] {
  return [...connection(target), "images", "ls", "-q"];
}

/** `ctr events` of our namespace: those of these topics alone, as probes and tasks make thousands. */
export function eventsArguments(target: CtrTarget): string[] {
  const filters = EVENT_TOPICS.map((topic) => `topic=="${topic}",namespace=="${target.namespace}"`);
  return [...connection(target), "events", ...filters];
}

/** `ctr content active`: what is being downloaded. */
export function activeArguments(target: CtrTarget): string[] {
  return [...connection(target), "content", "active"];
}

/** `ctr snapshots ls`: among others, what is being unpacked. */
export function snapshotsArguments(target: CtrTarget, snapshotter?: string): string[] {
  return [...connection(target), "snapshots", ...snapshotterFlags(snapshotter), "ls"];
}

/** `ctr containers ls`: all containers, running or not. */
export function containersArguments(target: CtrTarget): string[] {
  return [...connection(target), "containers", "ls"];
}

/** `ctr containers info` of one container, by the id that `containers ls` gave. */
export function containerArguments(id: string, target: CtrTarget): string[] {
  return [...connection(target), "containers", "info", id];
}

/** `ctr images ls` of the images that any of the filters finds, with labels. */
export function imageRowsArguments(filters: readonly string[], target: CtrTarget): string[] {
  return [...connection(target), "images", "ls", ...filters];
}

/** `ctr images label`; throws RangeError for what is not a reference. */
export function labelArguments(
  reference: string,
  labels: readonly string[],
  target: CtrTarget,
): string[] {
  return [...connection(target), "images", "label", requireArgument(reference), ...labels];
}

/** `ctr leases ls`: whoever made them. */
export function leasesArguments(target: CtrTarget): string[] {
  return [...connection(target), "leases", "ls"];
}

/** `ctr leases rm`, which returns once what only this lease has kept is gone. */
export function leaseRemovalArguments(id: string, target: CtrTarget): string[] {
  return [...connection(target), "leases", "rm", "--sync", requireArgument(id)];
}

function snapshotterFlags(snapshotter: string | undefined): string[] {
  return snapshotter === undefined || snapshotter === DEFAULT_SNAPSHOTTER
    ? []
    : ["--snapshotter", snapshotter];
}

/** What every command begins with. */
export function connection(target: CtrTarget): string[] {
  // ctr 1.x would wait 10 s for a missing socket.
  return ["-a", target.address, "--connect-timeout", "5s", "-n", target.namespace];
}

/** Throws RangeError for what may not become an argument of ctr. */
export function requireArgument(reference: string): string {
  const fault = argumentFault(reference);
  if (fault !== undefined) throw new RangeError(`Cannot hand over to ctr: ${fault}`);
  return reference;
}
