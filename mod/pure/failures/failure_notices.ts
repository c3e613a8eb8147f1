import { compareTexts } from "../compare_texts.ts";
import type { Fleet } from "../fleet/fleet.ts";
import type { WhyValue } from "../bucket/wire.ts";
import { FAILURE_RULES, type PullFailure } from "../pulls/pull_outcome.ts";
import { type FailingImage, failingImages } from "./failing_images.ts";
import { failureText } from "./failure_text.ts";

/** An object that wants an image. */
export interface NotifiedObject {
  /** As `kindName` gives it. */
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** What is to be told of one image at one object that wants it. */
export interface FailureNotice {
  readonly object: NotifiedObject;
  /** Canonical reference. */
  readonly image: string;
  readonly message: string;
  /** How often it was told with this one; 1: it is new. */
  readonly count: number;
}

/** What is due now. */
export interface DueNotices {
  readonly notices: readonly FailureNotice[];
  /** Images that nobody is told of, as there are too many. */
  readonly untold: number;
}

/** What decides about notices; times in ms. */
export interface NoticeRules {
  /** How long a failure lasts that only a change outside ends, before it is told. */
  readonly lastingMs: number;
  /** The same of failures that pass by themselves as a rule. */
  readonly passingMs: number;
  /** A failure that no node has reported for so long is over. */
  readonly overMs: number;
  /** The same is told again at most this often. */
  readonly repeatMs: number;
  /** Objects that are told of one image. */
  readonly objects: number;
  /** New notices in a minute: a registry that is down must not flood the API server. */
  readonly newPerMinute: number;
  /** Notices that are kept up at a time. */
  readonly kept: number;
}

/** What a running controller goes by. */
export const NOTICE_RULES: NoticeRules = {
  lastingMs: 2 * 60_000,
  passingMs: 10 * 60_000,
  overMs: 10 * 60_000,
  repeatMs: 10 * 60_000,
  objects: 5,
  newPerMinute: 20,
  kept: 200,
};

/** What is looked at. */
export interface NoticeInput {
  readonly fleet: Fleet;
  /** Who wants an image, as the bucket says. */
  readonly why: (reference: string) => WhyValue | undefined;
  /** By a clock that nobody sets, and by that of the day. */
  readonly now: { readonly monotonicMs: number; readonly wallMs: number };
}

interface Failing {
  readonly sinceMs: number;
  lastMs: number;
}

interface Told {
  readonly image: string;
  count: number;
  atMs: number;
}

/** Decides which objects are told that an image they want cannot be had, and how often. */
export class FailureNotices {
  readonly #rules: NoticeRules;
  /** By reference: between two tries nodes report an image as pulling, so it is remembered. */
  readonly #failing = new Map<string, Failing>();
  /** By object and image. */
  readonly #told = new Map<string, Told>();
  /** When new ones were told, within the last minute. */
  #newAt: number[] = [];

  constructor(rules: NoticeRules = NOTICE_RULES) {
    this.#rules = rules;
  }

  /** What is due now; tell it, and then say so with `told()`. */
  due({ fleet, why, now }: NoticeInput): DueNotices {
    const nowMs = now.monotonicMs;
    const images = failingImages(fleet);
    this.#remember(images, now);
    this.#forgetEnded(fleet, nowMs);
    const notices: FailureNotice[] = [];
    let untold = 0;
    let free = this.#newNow(nowMs);
    for (const image of images.filter((each) => this.#lasts(each, nowMs)).sort(worstFirst)) {
      const objects = objectsOf(why(image.reference), this.#rules.objects);
      let isTold = objects.length === 0; // nobody is there to be told
      for (const object of objects) {
        const told = this.#told.get(keyOf(object, image.reference));
        if (told === undefined ? free <= 0 : nowMs - told.atMs < this.#rules.repeatMs) {
          isTold ||= told !== undefined;
          continue;
        }
        isTold = true;
        if (told === undefined) free--;
        const count = (told?.count ?? 0) + 1;
        notices.push({ object, image: image.reference, message: failureText(image), count });
      }
      if (!isTold) untold++;
    }
    return { notices, untold };
  }

  /** A notice was told; `count` is how often by now. */
  told({ object, image }: FailureNotice, count: number, nowMs: number): void {
    const key = keyOf(object, image);
    if (!this.#told.has(key)) this.#newAt.push(nowMs);
    this.#told.set(key, { image, count, atMs: nowMs });
  }

  #remember(images: readonly FailingImage[], now: NoticeInput["now"]): void {
    for (const { reference, sinceMs } of images) {
      const known = this.#failing.get(reference);
      if (known !== undefined) known.lastMs = now.monotonicMs;
      else {
        const ageMs = Number.isFinite(sinceMs) ? Math.max(0, now.wallMs - sinceMs) : 0;
        const since = now.monotonicMs - ageMs;
        this.#failing.set(reference, { sinceMs: since, lastMs: now.monotonicMs });
      }
    }
  }

  /** What is warm wherever it should be is over at once, what is tried again only after a while. */
  #forgetEnded(fleet: Fleet, nowMs: number): void {
    for (const [reference, { lastMs }] of this.#failing) {
      const image = fleet.images.get(reference);
      const open = image?.wanted === undefined
        ? 0
        : ["failed", "pulling", "waiting"].reduce((sum, each) => sum + image.counts.get(each), 0);
      if (open === 0 || nowMs - lastMs >= this.#rules.overMs) this.#failing.delete(reference);
    }
    for (const [key, { image }] of this.#told) {
      if (!this.#failing.has(image)) this.#told.delete(key);
    }
  }

  #lasts({ reference, reason }: FailingImage, nowMs: number): boolean {
    const sinceMs = this.#failing.get(reference)?.sinceMs ?? nowMs;
    const rule = Object.hasOwn(FAILURE_RULES, reason)
      ? FAILURE_RULES[reason as PullFailure]
      : undefined;
    const { lastingMs, passingMs } = this.#rules;
    return nowMs - sinceMs >= (rule?.kind === "park" ? lastingMs : passingMs);
  }

  /** How many new ones may be told now. */
  #newNow(nowMs: number): number {
    this.#newAt = this.#newAt.filter((at) => nowMs - at < 60_000);
    const { newPerMinute, kept } = this.#rules;
    return Math.min(newPerMinute - this.#newAt.length, kept - this.#told.size);
  }
}

/** Where most nodes lack it, and what is most urgent, first. */
function worstFirst(one: FailingImage, other: FailingImage): number {
  return other.nodeCount - one.nodeCount || other.priority - one.priority ||
    compareTexts(one.reference, other.reference);
}

/** Objects whose pods would ask for the image now: no setting, and no revision that is only kept. */
function objectsOf(why: WhyValue | undefined, most: number): NotifiedObject[] {
  if (why === undefined || why.unwantedSince !== undefined) return [];
  const asking = why.reasons.filter(({ kind, name, how }) =>
    kind !== "Setting" && name !== "" && how !== "kept" && how !== "guess"
  );
  return asking.slice(0, most).map(({ kind, namespace, name }) => ({ kind, namespace, name }));
}

function keyOf({ kind, namespace, name }: NotifiedObject, image: string): string {
  return `${kind}/${namespace}/${name} ${image}`;
}
