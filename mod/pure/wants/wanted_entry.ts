import { withoutUnset } from "../without_unset.ts";
import { ANYWHERE } from "../placement/eligibility.ts";
import type { ObservedWorkload, Placement } from "../objects/observed.ts";

/** Who wants an image. */
export interface WantReason {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

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
  /** Alternatives, each once; `ANYWHERE` alone when there are too many. */
  readonly placements: readonly Placement[];
  readonly pullSecrets: readonly PullSecret[];
  readonly reasons: readonly WantReason[];
}

/** What one object asks of one image. */
export type Asked = Pick<
  ObservedWorkload,
  "kind" | "namespace" | "name" | "placement" | "priority" | "neededBy" | "pullSecrets"
>;

/** Gathers what all objects ask of one image. Does not depend on the order of the objects. */
export class WantedEntry {
  readonly #reference: string;
  readonly #placements = new Map<string, Placement>();
  readonly #secrets = new Map<string, PullSecret>();
  readonly #reasons: WantReason[] = [];
  #priority = -Infinity;
  #neededByMs = Infinity;

  constructor(reference: string) {
    this.#reference = reference;
  }

  /** Adds what one object asks; `placementKey` is its placement as JSON. */
  add(asked: Asked, placementKey: string): void {
    const { kind, namespace, name, placement, priority, neededBy, pullSecrets } = asked;
    this.#reasons.push({ kind, namespace, name });
    this.#placements.set(placementKey, placement);
    this.#priority = Math.max(this.#priority, priority);
    const neededByMs = neededBy === undefined ? NaN : Date.parse(neededBy);
    if (neededByMs < this.#neededByMs) this.#neededByMs = neededByMs;
    for (const secret of pullSecrets) {
      this.#secrets.set(`${namespace}/${secret}`, { namespace, name: secret });
    }
  }

  /** The image as all objects added so far want it. */
  image(): WantedImage {
    const neededByMs = this.#neededByMs;
    return withoutUnset({
      reference: this.#reference,
      priority: this.#priority,
      neededBy: Number.isFinite(neededByMs) ? new Date(neededByMs).toISOString() : undefined,
      placements: this.#boundedPlacements(),
      pullSecrets: inOrder(this.#secrets).slice(0, MAX_SECRETS),
      reasons: this.#reasons.sort(byReason),
    });
  }

  #boundedPlacements(): readonly Placement[] {
    let chars = 0;
    for (const key of this.#placements.keys()) chars += key.length;
    const tooMany = this.#placements.size > MAX_PLACEMENTS || chars > MAX_PLACEMENT_CHARS;
    if (tooMany || this.#placements.has(JSON.stringify(ANYWHERE))) return [ANYWHERE];
    return inOrder(this.#placements);
  }
}

/** With more placements than this an image is wanted on every node. */
const MAX_PLACEMENTS = 64;

/** Keeps the entry's value far below what NATS takes (1 MiB). */
const MAX_PLACEMENT_CHARS = 256 * 1024;

const MAX_SECRETS = 64;

function inOrder<T>(map: ReadonlyMap<string, T>): T[] {
  return [...map].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, value]) => value);
}

function byReason(left: WantReason, right: WantReason): number {
  if (left.kind !== right.kind) return left.kind < right.kind ? -1 : 1;
  if (left.namespace !== right.namespace) return left.namespace < right.namespace ? -1 : 1;
  return left.name < right.name ? -1 : left.name > right.name ? 1 : 0;
}
