import type { ImageState } from "../../../mod/pure/bucket/agent_wire.ts";
import {
  type BroughtImage,
  ImageUses,
  type UseOutcome,
  type WantedImage,
} from "../../../mod/pure/uses/image_uses.ts";

/** What happens on a node, told step by step. */
export class NodeStory {
  readonly wanted = new Map<string, WantedImage>();
  readonly uses = new ImageUses((reference) => this.wanted.get(reference));
  readonly outcomes: UseOutcome[] = [];
  readonly #digestNames = new Set<string>();
  #ms = 0;

  /** Begins with these names, and containers of these images. */
  constructor(names: readonly string[] = [], inUse: readonly string[] = []) {
    this.follows(names, inUse);
  }

  /** First uses, misses, late ones. */
  get counts(): readonly (number | undefined)[] {
    const { firstUses, misses, late } = this.uses.report() ?? {};
    return [firstUses, misses, late];
  }

  follows(names: readonly string[], inUse: readonly string[] = []): void {
    this.#take({ type: "following", names, inUse });
  }

  loses(): void {
    this.#take({ type: "lost" });
  }

  wants(reference: string, state: ImageState = "waiting", rest: Partial<WantedImage> = {}): void {
    this.wanted.set(reference, { ...this.wanted.get(reference), ...rest, state });
    this.outcomes.push(...this.uses.wantedChanged(this.now()));
  }

  unwants(reference: string): void {
    this.wanted.delete(reference);
  }

  /** Ours begins; the name appears before its end. */
  pullBegins(reference: string): void {
    if (this.wanted.has(reference)) this.wants(reference, "pulling");
    this.#take({ type: "named", reference, isNew: true, byKubelet: false });
    this.#take({ type: "named", reference, isNew: false, byKubelet: true }); // the CRI's label
  }

  pullEnds(reference: string, brought: BroughtImage = {}): void {
    const { digest, bytes = 100, seconds = 5, hasMoved } = brought;
    if (this.wanted.has(reference)) this.wants(reference, "warm", { digest, bytes });
    this.outcomes.push(
      ...this.uses.pulled(reference, { digest, bytes, seconds, hasMoved }, this.now()),
    );
  }

  warms(reference: string, brought: BroughtImage = {}): void {
    this.wants(reference);
    this.pullBegins(reference);
    this.pullEnds(reference, brought);
  }

  /** As containerd 1.7 to 2.4 tell of it. */
  kubeletPulls(tag: string, digest: string, isNew = true): void {
    const byDigest = `${tag.replace(/:[^/]*$/, "")}@${digest}`;
    this.#take({ type: "named", reference: tag, isNew, byKubelet: true });
    // Names that are there already are not told again.
    if (this.#digestNames.has(byDigest)) return;
    this.#digestNames.add(byDigest);
    this.#take({ type: "named", reference: digest, isNew: true, byKubelet: true });
    this.#take({ type: "named", reference: byDigest, isNew: true, byKubelet: true });
  }

  kubeletPullsByDigest(reference: string): void {
    this.#take({ type: "named", reference, isNew: true, byKubelet: true });
  }

  container(reference: string): void {
    this.#take({ type: "used", reference });
  }

  deletes(reference: string): void {
    this.#take({ type: "deleted", reference });
  }

  passes(ms: number): void {
    this.#ms += ms;
  }

  now() {
    return { wallMs: Date.parse("2026-11-27T00:00:00Z") + this.#ms, monotonicMs: this.#ms };
  }

  #take(event: Parameters<ImageUses["take"]>[0]): void {
    this.outcomes.push(...this.uses.take(event, this.now()));
    this.#ms += 1;
  }
}
