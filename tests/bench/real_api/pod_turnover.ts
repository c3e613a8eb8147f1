import type { PlayedCluster } from "./played_cluster.ts";

const TICK_MS = 100;
/** While the cluster lags behind by so many pods, no more are deleted. */
const MOST_UNSETTLED = 200;

/** What a cluster did in this time. */
export interface Turnover {
  /** Pods that ended and in whose place others run. */
  readonly replaced: number;
  /** Writes of all parts, as etcd counts them. */
  readonly writes: number;
  readonly seconds: number;
}

/** Deletes pods evenly over the Deployments, so many a second or as many as the cluster replaces. */
export async function replacePods(
  cluster: PlayedCluster,
  podsPerSecond: number,
  seconds: number,
): Promise<Turnover> {
  const pods = inTurn(await cluster.pods());
  const before = await cluster.now();
  const startedMs = performance.now();
  const elapsed = () => (performance.now() - startedMs) / 1000;
  let [deleted, unsettled, looking] = [0, 0, true];
  const look = async () => {
    while (looking) {
      unsettled = await cluster.unsettled();
      await pause(1000);
    }
  };
  const looks = look();
  const perTick = Math.ceil(podsPerSecond * TICK_MS / 1000);
  for (let tick = 1; elapsed() < seconds; tick++) {
    if (unsettled < MOST_UNSETTLED) {
      const next = pods.slice(deleted, deleted + perTick);
      deleted += next.length;
      await Promise.all(next.map((pod) => cluster.deletePod(pod)));
    }
    await pause(tick * TICK_MS - elapsed() * 1000);
  }
  const took = elapsed();
  looking = false;
  await looks;
  const [after, late] = [await cluster.now(), await cluster.unsettled()];
  return { replaced: deleted - late, writes: after.writes - before.writes, seconds: took };
}

/** All of them once, those that a list has beside one another far apart. */
export function inTurn<Pod>(pods: readonly Pod[]): Pod[] {
  const step = 97; // prime: all are met, unless their number is a multiple of it
  return pods.flatMap((_, index) => {
    const at = index * step % pods.length;
    return pods.slice(at, at + 1);
  });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(ms, 0)));
}
