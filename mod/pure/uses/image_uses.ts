import type { UsesReport } from "../bucket/agent_wire.ts";
import type { Moment } from "../moment.ts";
import { withoutUnset } from "../without_unset.ts";
import { digestIn, type NamedImage, NamedImages, repositoryOf } from "./named_images.ts";
import type { UseEvent } from "./use_event.ts";
import type { BroughtImage, UseOutcome, WantedImage } from "./use_outcome.ts";

export type { BroughtImage, UseOutcome, WantedImage };

type Happening = UseEvent | { readonly type: "deleted"; readonly reference: string } | {
  readonly type: "lost" | "restarted";
};

/**
 * kubelet's pulls name an image twice: by tag and, within 3 ms (containerd 1.6 to 2.4), by digest.
 * Where the machine is busy, events come late, but together.
 */
const SAME_PULL_MS = 1_000;
/**
 * A pull of kubelet's that ends this soon after ours had begun before ours ended, or took a moment as
 * it always asks the registry: what nobody can tell counts for nobody's benefit. In ms.
 */
const TOGETHER_MS = 5_000;
/** An image that becomes wanted this soon after kubelet had to pull it was a miss, in ms. */
const LEARNED_MS = 60_000;
/** Pulls of unwanted images that are remembered for this. */
const MOST_LEARNED = 200;

/**
 * Which images were warm when containers first needed them, and which were not, from what the
 * runtime tells. An image counts once for as long as it stays: containers that are started again
 * need nothing. Nothing is made up for gaps in the events, and for the time before them.
 */
export class ImageUses {
  readonly #names: NamedImages;
  readonly #wanted: (reference: string) => WantedImage | undefined;
  readonly #counts = { firstUses: 0, misses: 0, late: 0, savedSeconds: 0 };
  /** When kubelet pulled what was not wanted (monotonic ms). */
  readonly #pulledUnwanted = new Map<string, number>();
  #since: number | undefined;
  #isFollowing = false;
  /** The last tag that was pulled through the CRI, until its digest is told. */
  #lastTag: { readonly reference: string; readonly at: number } | undefined;
  #version = 0;

  /** `wanted`: what is known of an image; undefined where it is not wanted on this node. */
  constructor(wanted: (reference: string) => WantedImage | undefined) {
    this.#wanted = wanted;
    this.#names = new NamedImages((name) => wanted(name)?.digest);
  }

  /** Grows with every change of what has been used. */
  get version(): number {
    return this.#version;
  }

  /** Takes in an event of the runtime. */
  take(event: Happening, now: Moment): UseOutcome[] {
    switch (event.type) {
      case "following":
        this.#begin(event, now);
        return [];
      case "lost":
      case "restarted":
        this.#isFollowing = false;
        return [];
      case "deleted":
        return this.#gone(event.reference);
      case "named":
        return this.#isFollowing ? this.#counted(this.#named(event, now)) : [];
      case "used":
        return this.#isFollowing ? this.#counted(this.#used(event.reference, now)) : [];
    }
  }

  /** Takes in that a pull of ours has brought an image, or what its tag has moved to. */
  pulled(reference: string, brought: BroughtImage, now: Moment): UseOutcome[] {
    const { bytes, digest, seconds } = brought;
    const before = this.#names.get(reference)?.digest;
    const isOther = before !== undefined && digest !== undefined && before !== digest;
    const replaced = brought.hasMoved || isOther ? this.#gone(reference) : [];
    const image = this.#names.get(reference) ?? this.#names.set(reference, { sure: false });
    Object.assign(image, { digest: digest ?? image.digest, bytes: bytes ?? image.bytes });
    const cameAt = now.monotonicMs;
    Object.assign(image, { ours: true, cameAt, seconds, sure: this.#isFollowing });
    this.#version++;
    return replaced;
  }

  /** Whether the runtime has told what there is; before that nothing is known. */
  get isKnown(): boolean {
    return this.#since !== undefined;
  }

  /** Takes in that other images may be wanted now. */
  wantedChanged(now: Moment): UseOutcome[] {
    const outcomes: UseOutcome[] = [];
    for (const [reference, at] of this.#pulledUnwanted) {
      const isOld = now.monotonicMs - at > LEARNED_MS;
      const isWanted = this.#wanted(reference) !== undefined;
      if (isOld || isWanted) this.#pulledUnwanted.delete(reference);
      if (isWanted && !isOld) outcomes.push({ result: "miss", reference, late: false });
    }
    return this.#counted(outcomes);
  }

  /** When each image was first needed, or first seen to have been, in ms since the epoch. */
  usedTimes(): Map<string, number> {
    const used = this.#usedDigests();
    const times = new Map<string, number>();
    for (const [name] of this.#names.entries()) {
      const at = this.#ownUse(name) ?? used.get(this.#names.digestOf(name) ?? "");
      if (at !== undefined) times.set(name, at);
    }
    return times;
  }

  /** Compressed size of what is warm and was never needed; what several names share counts once. */
  unusedBytes(): number {
    const seen = new Set(this.#usedDigests().keys());
    let unused = 0;
    for (const [name, { ours, bytes }] of this.#names.entries()) {
      const wanted = this.#wanted(name);
      const isWarm = wanted === undefined ? ours : wanted.state === "warm";
      if (!isWarm || this.#ownUse(name) !== undefined) continue;
      const digest = this.#names.digestOf(name) ?? name;
      if (!seen.has(digest)) unused += bytes ?? wanted?.bytes ?? 0;
      seen.add(digest);
    }
    return unused;
  }

  /** For the beat; undefined while the runtime has not told anything. */
  report(): UsesReport | undefined {
    if (this.#since === undefined) return undefined;
    const { firstUses, misses, late, savedSeconds } = this.#counts;
    return withoutUnset({
      since: new Date(this.#since).toISOString(),
      firstUses,
      misses,
      late,
      unusedBytes: this.unusedBytes(),
      savedSeconds: savedSeconds === 0 ? undefined : Math.round(savedSeconds * 10) / 10,
    });
  }

  #begin(
    { names, inUse }: { readonly names: readonly string[]; readonly inUse: readonly string[] },
    now: Moment,
  ): void {
    this.#names.keepOnly(new Set(names));
    for (const name of names) {
      if (isConfigName(name)) continue;
      const image = this.#names.get(name) ?? this.#names.set(name, { sure: false, found: true });
      // It may have come anew in the gap, and a tag may have moved.
      const digest = this.#wanted(name) === undefined ? image.digest : undefined;
      Object.assign(image, { sure: false, pending: false, digest });
    }
    this.#since ??= now.wallMs;
    this.#isFollowing = true;
    this.#lastTag = undefined;
    for (const name of inUse) this.#markUsed(name, now);
    this.#version++;
  }

  #named(
    { reference, isNew, byKubelet }: UseEvent & { readonly type: "named" },
    now: Moment,
  ): UseOutcome[] {
    if (isConfigName(reference)) return [];
    const digest = digestIn(reference);
    if (digest !== undefined && byKubelet && isNew) {
      return this.#pulledDigest(reference, digest, now);
    }
    // The end of our own pull may be known before its event has come.
    const image = this.#names.get(reference) ??
      this.#names.set(reference, { sure: this.#isFollowing });
    const isLabelled = image.unlabelled === true && byKubelet;
    image.unlabelled = !byKubelet;
    if (!byKubelet || isLabelled || digest !== undefined) return [];
    if (isNew) image.pending = true;
    this.#lastTag = { reference, at: now.monotonicMs };
    return [];
  }

  /** kubelet has pulled this content, by a tag that it has just named, or by digest alone. */
  #pulledDigest(reference: string, digest: string, now: Moment): UseOutcome[] {
    const tag = this.#lastTag;
    this.#lastTag = undefined;
    const isOfTag = tag !== undefined && now.monotonicMs - tag.at <= SAME_PULL_MS &&
      repositoryOf(tag.reference) === repositoryOf(reference);
    const pulled = isOfTag ? tag.reference : reference;
    const wasThere = this.#names.ofDigest(digest).filter(([name]) =>
      name !== tag?.reference && name !== reference
    );
    const outcomes: UseOutcome[] = [];
    let image = this.#names.get(pulled);
    const before = this.#names.digestOf(pulled);
    const hasMoved = isOfTag && image?.pending !== true && before !== undefined &&
      before !== digest;
    if (hasMoved) {
      outcomes.push(...this.#gone(pulled));
      image = undefined;
    }
    const isNew = image === undefined || image.pending === true;
    image ??= this.#names.set(pulled, { sure: this.#isFollowing });
    Object.assign(image, { digest, pending: false });
    if (isNew && wasThere.length === 0) outcomes.push(...this.#missed(pulled, digest, now));
    if (!isNew && this.#cameTogether(pulled, image, now)) {
      this.#markUsed(pulled, now);
      outcomes.push({ result: "miss", reference: pulled, late: true });
    }
    if (isOfTag) {
      const second = this.#names.get(reference) ?? this.#names.set(reference, { sure: false });
      Object.assign(second, { digest, usedAt: second.usedAt ?? image.usedAt });
    }
    return outcomes;
  }

  #used(reference: string, now: Moment): UseOutcome[] {
    const image = this.#names.get(reference);
    if (image === undefined) return [];
    if (image.pending) {
      // Its digest had a name already: kubelet has pulled and used that content before.
      image.pending = false;
      this.#markUsed(reference, now);
      return [];
    }
    if (this.#usedAt(reference) !== undefined) return [];
    const same = this.#names.sameAs(reference);
    this.#markUsed(reference, now);
    const warm = same.find(([name, { ours }]) => {
      const wanted = this.#wanted(name);
      return wanted === undefined ? ours : wanted.state === "warm";
    });
    if (warm !== undefined) {
      const seconds = same.flatMap(([, each]) => each.seconds ?? []);
      const savedSeconds = seconds.length === 0 ? undefined : Math.max(...seconds);
      return [{ result: "first_use", reference: warm[0], savedSeconds }];
    }
    const pulling = same.find(([name]) => this.#wanted(name)?.state === "pulling");
    return pulling === undefined ? [] : [{ result: "miss", reference: pulling[0], late: true }];
  }

  #cameTogether(reference: string, { ours, cameAt }: NamedImage, now: Moment): boolean {
    if (this.#usedAt(reference) !== undefined) return false;
    if (this.#wanted(reference)?.state === "pulling") return true;
    return ours === true && cameAt !== undefined && now.monotonicMs - cameAt <= TOGETHER_MS;
  }

  #missed(reference: string, digest: string, now: Moment): UseOutcome[] {
    this.#markUsed(reference, now);
    const wanted = this.#wanted(reference);
    if (wanted?.as === "bytes" && (wanted.digest ?? digest) === digest) {
      return [this.#madeOfBytes(reference, wanted, now)];
    }
    if (wanted !== undefined) {
      const late = wanted.state === "pulling" || wanted.state === "waiting";
      return [{ result: "miss", reference, late }];
    }
    if (this.#pulledUnwanted.size < MOST_LEARNED) {
      this.#pulledUnwanted.set(reference, now.monotonicMs);
    }
    return [];
  }

  /** Unpacking was left to kubelet; what a pull of bytes takes does not contain it either. */
  #madeOfBytes(reference: string, { pullSeconds, since }: WantedImage, now: Moment): UseOutcome {
    const isTogether = since !== undefined && now.monotonicMs - since.monotonicMs <= TOGETHER_MS;
    if (isTogether) return { result: "miss", reference, late: true };
    return { result: "first_use", reference, as: "bytes", savedSeconds: pullSeconds };
  }

  #gone(reference: string): UseOutcome[] {
    const image = this.#names.get(reference);
    const isUsed = this.#usedAt(reference) !== undefined;
    const digest = this.#names.digestOf(reference);
    this.#names.delete(reference);
    if (image === undefined) return [];
    this.#version++;
    const isKept = digest !== undefined && this.#names.ofDigest(digest).length > 0;
    const { ours, sure, bytes } = image;
    if (!ours || !sure || isUsed || isKept || bytes === undefined) return [];
    return [{ result: "never_used", reference, bytes }];
  }

  #markUsed(reference: string, now: Moment): void {
    for (const [, image] of this.#names.sameAs(reference)) image.usedAt ??= now.wallMs;
    this.#version++;
  }

  /** When what a name stands for was first needed. */
  #usedAt(reference: string): number | undefined {
    for (const [name] of this.#names.sameAs(reference)) {
      const at = this.#ownUse(name);
      if (at !== undefined) return at;
    }
    return undefined;
  }

  /**
   * kubelet's pulls alone give an image the name by digest beside the tag: one that was there from
   * the start has been needed before.
   */
  #ownUse(name: string): number | undefined {
    const image = this.#names.get(name);
    if (image?.usedAt !== undefined || !image?.found) return image?.usedAt;
    const isKubelets = digestIn(name) !== undefined && this.#wanted(name) === undefined;
    return isKubelets ? this.#since : undefined;
  }

  #usedDigests(): Map<string, number> {
    const used = new Map<string, number>();
    for (const [name] of this.#names.entries()) {
      const at = this.#ownUse(name);
      const digest = this.#names.digestOf(name);
      if (at !== undefined && digest !== undefined) used.set(digest, at);
    }
    return used;
  }

  #counted(outcomes: UseOutcome[]): UseOutcome[] {
    for (const outcome of outcomes) {
      if (outcome.result === "first_use") {
        this.#counts.firstUses++;
        this.#counts.savedSeconds += outcome.savedSeconds ?? 0;
      } else if (outcome.result === "miss") {
        this.#counts.misses++;
        if (outcome.late) this.#counts.late++;
      }
    }
    return outcomes;
  }
}

/** The CRI names each image also by its configuration, for itself. */
function isConfigName(name: string): boolean {
  return name.startsWith("sha256:");
}
