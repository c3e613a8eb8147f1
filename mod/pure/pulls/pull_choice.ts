import { compareTexts } from "../compare_texts.ts";

/** A wanted image that is not on the node or may be outdated, as far as choosing the next pull goes. */
export interface PullCandidate {
  /** Canonical reference. */
  readonly reference: string;
  /** `registry/repository` of the reference. */
  readonly repository: string;
  readonly registry: string;
  readonly priority: number;
  /** ISO time since which a pod waits for it. */
  readonly neededBy?: string | undefined;
  readonly sizeBytes?: number | undefined;
  /** Not before this time (monotonic ms), because a pull has failed; or when its tag is due. */
  readonly notBefore: number;
  /** Its last pull failed, for a reason of its own. */
  readonly failed?: true | undefined;
  /** It is there, and the registry is asked whether its tag has moved. */
  readonly refresh?: true | undefined;
  /** What it stands for on this node, where it is there. */
  readonly digest?: string | undefined;
  /** Its place among those that this node needs before it takes pods; undefined: it is not of them. */
  readonly due?: number | undefined;
}

/** A pull that runs, as far as choosing others goes. */
export type RunningPull = Pick<PullCandidate, "repository" | "registry" | "refresh" | "due">;

/** What the choice depends on besides the candidates. */
export interface PullChoiceState {
  /** Monotonic ms. */
  readonly now: number;
  readonly parallel: number;
  /** How many may be of one registry: one that hangs leaves places for the others. */
  readonly perRegistry: number;
  readonly running: readonly RunningPull[];
  /** Repositories of which this node has an image: the layers that their images share are here. */
  readonly provenRepositories: ReadonlySet<string>;
  /** Registries that asked for a pause (429), and when it ends (monotonic ms). */
  readonly pausedRegistries: ReadonlyMap<string, number>;
}

/** Which pulls start now, and when to choose again if nothing happens before. */
export interface PullChoice {
  readonly start: readonly string[];
  readonly nextAt: number | undefined;
}

/**
 * Chooses the next pulls: first those a pod waits for, then what has not failed before what has, then
 * by how long a pod waits, by priority, and small before large; tags that may have moved come last,
 * one at a time. What a node needs before it takes pods comes before all, in its own order, and gets
 * the whole line: others start only while none of that runs or could.
 * While a repository has no image here, only one of its pulls runs: its images share layers, and on
 * containerd 1.x waiting for a layer in flight blocks unrelated pulls too (5.3 s instead of 0.14 s).
 */
export function choosePulls(
  candidates: readonly PullCandidate[],
  state: PullChoiceState,
): PullChoice {
  const chosen: PullCandidate[] = [];
  const running = new Running(state.running);
  let nextAt: number | undefined;
  let duesComeFirst = state.running.some(isDue);
  for (const candidate of candidates.toSorted(byUrgency)) {
    const at = Math.max(
      candidate.notBefore,
      state.pausedRegistries.get(candidate.registry) ?? 0,
    );
    if (at > state.now) {
      nextAt = Math.min(nextAt ?? at, at);
      continue;
    }
    if (isDue(candidate)) duesComeFirst = true;
    else if (duesComeFirst) continue;
    if (running.hasPlaceFor(candidate, state)) {
      running.add(candidate);
      chosen.push(candidate);
    }
  }
  return { start: chosen.map(({ reference }) => reference), nextAt };
}

const isDue = ({ due }: RunningPull): boolean => due !== undefined;

/** What runs, and what was chosen to. */
class Running {
  readonly #pulls: RunningPull[];

  constructor(pulls: readonly RunningPull[]) {
    this.#pulls = [...pulls];
  }

  hasPlaceFor({ registry, repository, refresh }: RunningPull, state: PullChoiceState): boolean {
    if (this.#pulls.length >= state.parallel) return false;
    const beside = this.#pulls.filter((pull) => pull.registry === registry);
    if (beside.length >= state.perRegistry) return false;
    if (refresh && this.#pulls.some((pull) => pull.refresh)) return false;
    return state.provenRepositories.has(repository) ||
      !beside.some((pull) => pull.repository === repository);
  }

  add(pull: RunningPull): void {
    this.#pulls.push(pull);
  }
}

/** Orders pulls: the most urgent first. */
export function byUrgency(a: PullCandidate, b: PullCandidate): number {
  if (a.due !== undefined && b.due !== undefined) return byHavingFailed(a, b) || a.due - b.due;
  return Number(a.refresh ?? false) - Number(b.refresh ?? false) ||
    Number(a.due === undefined) - Number(b.due === undefined) ||
    Number(a.neededBy === undefined) - Number(b.neededBy === undefined) ||
    byHavingFailed(a, b) ||
    compareTexts(a.neededBy ?? "", b.neededBy ?? "") ||
    b.priority - a.priority ||
    (a.sizeBytes ?? Infinity) - (b.sizeBytes ?? Infinity) || // NaN when both are unknown: equal
    compareTexts(a.reference, b.reference);
}

function byHavingFailed(a: PullCandidate, b: PullCandidate): number {
  return Number(a.failed ?? false) - Number(b.failed ?? false);
}
