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

/** Containers that are to be asked about, and the runtime that they have. */
export interface ContainerChoice {
  readonly runtime: string | undefined;
  readonly ids: readonly string[];
}

/**
 * Chooses the containers whose records tell which snapshotter kubelet's containers use: some of those
 * with the runtime that most have, or with the one that they had `before` for as long as there are
 * any. Others, such as virtual machines, may have a snapshotter of their own. Ids are random, so any
 * are as good as others.
 */
export function containersToAsk(
  containers: readonly ListedContainer[],
  before?: string | undefined,
): ContainerChoice {
  const isThere = containers.some((container) => container.runtime === before);
  const runtime = isThere ? before : mostCommon(containers.map((container) => container.runtime));
  const usual = containers.filter((container) => container.runtime === runtime);
  return { runtime, ids: usual.slice(0, SAMPLED).map(({ id }) => id) };
}

/** What containers' records tell of their snapshotter. */
export interface SnapshotterFinding {
  /** Undefined without any container, and nothing known before. */
  readonly name: string | undefined;
  /** Those that containers use beside it: RuntimeClasses may have snapshotters of their own. */
  readonly others: readonly string[];
}

/**
 * The snapshotter that images are unpacked for: the one that most of the newest containers use; from
 * then on the one that was known `before`, unless containers tell of a change, as all that use it are
 * older than those that use another. Where they alternate it stays: all images would be pulled again
 * each time it went to and fro.
 */
export function findSnapshotter(
  records: readonly ContainerRecord[],
  before?: string | undefined,
): SnapshotterFinding {
  const names = records.filter(({ snapshotter }) => snapshotter !== "")
    .toSorted((a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt))
    .map(({ snapshotter }) => snapshotter);
  const newest = mostCommon(names.slice(0, NEWEST));
  const isMixed = alternate(names);
  const since = before === undefined ? -1 : names.indexOf(before);
  const stays = since >= 0 && (isMixed || since < NEWEST);
  const name = stays ? before : newest ?? before;
  return { name, others: isMixed ? [...new Set(names)].filter((each) => each !== name) : [] };
}

/** Whether a name comes again after another one: then it is no change for good. */
function alternate(names: readonly string[]): boolean {
  const turns = names.filter((name, at) => name !== names[at - 1]);
  return new Set(turns).size < turns.length;
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
