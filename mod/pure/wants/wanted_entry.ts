import { compareTexts } from "../compare_texts.ts";
import type { Placement } from "../objects/observed.ts";
import type { PrivateUse, PullSecret } from "../private_images/private_use.ts";
import { withoutUnset } from "../without_unset.ts";
import type { WantReason } from "./asked.ts";
import type { AskedImage } from "./asked_image.ts";
import type { Runs } from "./next_runs.ts";
import { PlacementSet } from "./placement_set.ts";
import { privateUses, SecretSet } from "./private_uses.ts";

/** One image and everything the objects that name it want of it. */
export interface WantedImage {
  /** Canonical. */
  readonly reference: string;
  /** The highest of all pods. */
  readonly priority: number;
  /**
   * ISO time since which the first pod waits for it, or of the next run of what starts pods by a
   * schedule; absent when there is none.
   */
  readonly neededBy?: string;
  /** Alternatives, each once: together exactly where the pods of all objects may run. */
  readonly placements: readonly Placement[];
  readonly pullSecrets: readonly PullSecret[];
  /** How it may be had where it takes a login, `bytes` first, each secrets once; absent: it may not. */
  readonly private?: readonly PrivateUse[];
  /** Whether kubelet asks the registry at each start what the reference stands for by now. */
  readonly refresh?: true;
  /**
   * Where it is due on a new node before that takes pods, as `placements`; absent where it is not due
   * anywhere, and without gates.
   */
  readonly due?: readonly Placement[];
  /** Each object once, by kind, namespace and name. */
  readonly reasons: readonly WantReason[];
}

/** Gathers what all objects ask of one image. Does not depend on the order of the objects. */
export class WantedEntry {
  readonly #reference: string;
  readonly #asked: readonly AskedImage[];
  readonly #placements = new PlacementSet();
  /** The same where all that is asked is due; undefined where nothing is. */
  readonly #due: PlacementSet | undefined;
  readonly #secrets = new SecretSet();
  readonly #reasons = new Map<string, Reason>();
  #priority = -Infinity;
  #neededByMs = Infinity;
  /** Of all schedules together. */
  #runs: Runs | undefined;
  #refresh: true | undefined;
  #image: { readonly step: keyof Runs; readonly image: WantedImage } | undefined;

  constructor(reference: string, asked: readonly AskedImage[]) {
    this.#reference = reference;
    this.#asked = asked;
    for (const each of asked) this.#add(each);
    this.#due = dueOf(asked, this.#placements);
  }

  /** The image as all objects want it, at a time of day (ms since the epoch). */
  image(nowMs: number): WantedImage {
    // All schedules take the step to their next run together.
    const step = this.#runs !== undefined && this.#runs.first < nowMs ? "later" : "first";
    if (this.#image?.step !== step) this.#image = { step, image: this.#imageAt(step) };
    return this.#image.image;
  }

  #imageAt(step: keyof Runs): WantedImage {
    const neededByMs = Math.min(this.#neededByMs, this.#runs?.[step] ?? Infinity);
    const reasons = [...this.#reasons.values()].map(({ reason, runs }) =>
      runs === undefined ? reason : withoutUnset({ ...reason, next: isoTime(runs[step]) })
    );
    const placements = this.#placements.merged();
    return withoutUnset({
      reference: this.#reference,
      priority: this.#priority,
      neededBy: isoTime(neededByMs),
      placements,
      pullSecrets: this.#secrets.first(),
      private: privateUses(this.#asked, placements),
      refresh: this.#refresh,
      due: this.#due === this.#placements ? placements : this.#due?.merged(),
      reasons: reasons.sort(byReason),
    });
  }

  #add(asked: AskedImage): void {
    const { reason, placement, priority, neededBy, runs, pullSecrets, refresh } = asked;
    this.#addReason({ reason, runs });
    this.#placements.add(placement);
    this.#priority = Math.max(this.#priority, priority);
    if (refresh) this.#refresh = true;
    const neededByMs = neededBy === undefined ? NaN : Date.parse(neededBy);
    if (neededByMs < this.#neededByMs) this.#neededByMs = neededByMs;
    if (runs !== undefined) this.#runs = earlier(this.#runs ?? runs, runs);
    const { namespace } = reason;
    this.#secrets.add(namespace, pullSecrets);
  }

  /** Of several reasons of one object the plainest counts. */
  #addReason(added: Reason): void {
    const { reason } = added;
    const key = `${reason.kind} ${reason.namespace}/${reason.name}`;
    const known = this.#reasons.get(key);
    if (known === undefined || byPlainness(reason, known.reason) < 0) {
      this.#reasons.set(key, added);
    }
  }
}

/** Where of all placements those are that are due; the very same set where all are. */
function dueOf(asked: readonly AskedImage[], all: PlacementSet): PlacementSet | undefined {
  if (!asked.some(({ due }) => due)) return undefined;
  if (asked.every(({ due }) => due)) return all;
  const placements = new PlacementSet();
  for (const { due, placement } of asked) if (due) placements.add(placement);
  return placements;
}

/** Why an image is wanted, and when its object starts pods. */
interface Reason {
  readonly reason: WantReason;
  readonly runs: Runs | undefined;
}

function earlier(left: Runs, right: Runs): Runs {
  const later = Math.min(left.later ?? Infinity, right.later ?? Infinity);
  return {
    first: Math.min(left.first, right.first),
    later: Number.isFinite(later) ? later : undefined,
  };
}

/** Undefined also for what lies beyond all dates. */
function isoTime(ms: number | undefined): string | undefined {
  const date = new Date(ms ?? NaN);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

const PLAINNESS = [undefined, "pods", "revision", "guess", "also", "kept"] as const;

/** Less is plainer; of two alike the newer revision is. */
function plainness({ how, revision = 0 }: WantReason): number {
  return PLAINNESS.indexOf(how) + 1 - revision / (revision + 1);
}

/** What made pods decides between reasons that are else alike, as these come in any order. */
function byPlainness(left: WantReason, right: WantReason): number {
  return plainness(left) - plainness(right) ||
    compareTexts(left.shownBy ?? "", right.shownBy ?? "");
}

function byReason(left: WantReason, right: WantReason): number {
  return compareTexts(left.kind, right.kind) || compareTexts(left.namespace, right.namespace) ||
    compareTexts(left.name, right.name);
}
