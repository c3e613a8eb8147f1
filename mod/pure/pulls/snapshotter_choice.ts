/** One row of `ctr containers ls`. */
export interface ListedContainer {
  readonly id: string;
  /** Name of its shim, such as `io.containerd.runc.v2`. */
  readonly runtime: string;
}

/** What the record of a container says. */
export interface ContainerRecord {
  readonly snapshotter: string;
  /** ISO time, in UTC. */
  readonly createdAt: string;
}

/** What containerd and ctr use where nobody tells them otherwise. */
export const DEFAULT_SNAPSHOTTER = "overlayfs";

/** How many records are asked for: each takes a process of ctr, of about 15 ms. */
const SAMPLED = 8;
/** How many of these decide: what runs for long may be older than a change of the configuration. */
const NEWEST = 3;

/**
 * Chooses the containers whose records tell which snapshotter kubelet's containers use: some of those
 * with the runtime that most have. Others, such as virtual machines, may have a snapshotter of their
 * own. Ids are random, so any are as good as others.
 */
export function containersToAsk(containers: readonly ListedContainer[]): string[] {
  const runtime = mostCommon(containers.map((container) => container.runtime));
  const usual = containers.filter((container) => container.runtime === runtime);
  return usual.slice(0, SAMPLED).map(({ id }) => id);
}

/** The snapshotter that most of the newest containers use; undefined without any. */
export function snapshotterOf(records: readonly ContainerRecord[]): string | undefined {
  const newest = records.filter(({ snapshotter }) => snapshotter !== "")
    .toSorted((a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt)).slice(0, NEWEST);
  return mostCommon(newest.map(({ snapshotter }) => snapshotter));
}

/** The one that comes most often; of those that come equally often, the first. */
function mostCommon(values: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const most = Math.max(...counts.values());
  return [...counts].find(([, count]) => count === most)?.[0];
}

/**
 * Snapshotters that start containers before their image is there, and fetch files as they are read,
 * by the names under which their guides have containerd know them. To pull whole images for them would
 * undo what they are for.
 */
const LAZY: Readonly<Record<string, string>> = {
  stargz: "github.com/containerd/stargz-snapshotter",
  soci: "github.com/awslabs/soci-snapshotter",
  nydus: "github.com/containerd/nydus-snapshotter",
  overlaybd: "github.com/containerd/accelerated-container-image",
  "cvmfs-snapshotter": "github.com/cvmfs/cvmfs",
  gcfs: "cloud.google.com/kubernetes-engine/docs/how-to/image-streaming",
};

/** Whether containers start lazily with this snapshotter. */
export function startsLazily(snapshotter: string): boolean {
  return Object.hasOwn(LAZY, snapshotter);
}
