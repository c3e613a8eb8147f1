import type { Placement } from "../objects/observed.ts";
import { withoutUnset } from "../without_unset.ts";
import type { Asked, WantReason } from "./asked.ts";
import { PlacementSet } from "./placement_set.ts";

/** A Secret of type `kubernetes.io/dockerconfigjson`, by name only. */
export interface PullSecret {
  readonly namespace: string;
  readonly name: string;
}

/** One image and everything the objects that name it want of it. */
export interface WantedImage {
  /** Canonical. */
  readonly reference: string;
  /** The highest of all pods. */
  readonly priority: number;
  /** ISO time since which the first pod waits for it; absent when none does. */
  readonly neededBy?: string;
  /** Alternatives, each once: together exactly where the pods of all objects may run. */
  readonly placements: readonly Placement[];
  readonly pullSecrets: readonly PullSecret[];
  /** Whether kubelet asks the registry at each start what the reference stands for by now. */
  readonly refresh?: true;
  /** Each object once, by kind, namespace and name. */
  readonly reasons: readonly WantReason[];
}

/** What is asked of one image, with what classes and marks have added. */
export interface AskedImage extends Pick<Asked, "neededBy"> {
  readonly reason: WantReason;
  readonly placement: Placement;
  readonly priority: number;
  readonly pullSecrets: readonly string[];
  readonly refresh?: true | undefined;
}

/** Gathers what all objects ask of one image. Does not depend on the order of the objects. */
export class WantedEntry {
  readonly #reference: string;
  readonly #placements = new PlacementSet();
  readonly #secrets = new Map<string, PullSecret>();
  readonly #reasons = new Map<string, WantReason>();
  #priority = -Infinity;
  #neededByMs = Infinity;
  #refresh: true | undefined;

  constructor(reference: string) {
    this.#reference = reference;
  }

  /** Adds what one object asks. */
  add({ reason, placement, priority, neededBy, pullSecrets, refresh }: AskedImage): void {
    this.#addReason(reason);
    this.#placements.add(placement);
    this.#priority = Math.max(this.#priority, priority);
    if (refresh) this.#refresh = true;
    const neededByMs = neededBy === undefined ? NaN : Date.parse(neededBy);
    if (neededByMs < this.#neededByMs) this.#neededByMs = neededByMs;
    const { namespace } = reason;
    for (const name of pullSecrets) this.#secrets.set(`${namespace}/${name}`, { namespace, name });
  }

  /** The image as all objects added so far want it. */
  image(): WantedImage {
    const neededByMs = this.#neededByMs;
    return withoutUnset({
      reference: this.#reference,
      priority: this.#priority,
      neededBy: Number.isFinite(neededByMs) ? new Date(neededByMs).toISOString() : undefined,
      placements: this.#placements.merged(),
      pullSecrets: inOrder(this.#secrets).slice(0, MAX_SECRETS),
      refresh: this.#refresh,
      reasons: [...this.#reasons.values()].sort(byReason),
    });
  }

  /** Of several reasons of one object the plainest counts. */
  #addReason(reason: WantReason): void {
    const key = `${reason.kind} ${reason.namespace}/${reason.name}`;
    const known = this.#reasons.get(key);
    if (known === undefined || plainness(reason) < plainness(known)) this.#reasons.set(key, reason);
  }
}

const MAX_SECRETS = 64;

const PLAINNESS = [undefined, "pods", "revision", "guess", "also", "kept"] as const;

/** Less is plainer; of two alike the newer revision is. */
function plainness({ how, revision = 0 }: WantReason): number {
  return PLAINNESS.indexOf(how) + 1 - revision / (revision + 1);
}

function inOrder<T>(map: ReadonlyMap<string, T>): T[] {
  return [...map].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, value]) => value);
}

function byReason(left: WantReason, right: WantReason): number {
  if (left.kind !== right.kind) return left.kind < right.kind ? -1 : 1;
  if (left.namespace !== right.namespace) return left.namespace < right.namespace ? -1 : 1;
  return left.name < right.name ? -1 : left.name > right.name ? 1 : 0;
}
