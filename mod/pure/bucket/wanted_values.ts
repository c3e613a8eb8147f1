import type { Placement } from "../objects/observed.ts";
import { mayRun, type NodeFacts } from "../placement/eligibility.ts";
import { whereKey } from "./state_keys.ts";
import type { WantedValue, WhereValue } from "./wire.ts";

/**
 * What stands in the bucket of the wanted images. Parts of an image may come before it and in any
 * order; those beyond what it counts are left over from an earlier write.
 */
export class WantedValues {
  readonly #images = new Map<string, WantedValue>();
  readonly #parts = new Map<string, WhereValue>();

  /** How many images there are. */
  get size(): number {
    return this.#images.size;
  }

  /** By canonical reference. */
  image(reference: string): WantedValue | undefined {
    return this.#images.get(reference);
  }

  /** A further part of an image. */
  part(part: number, reference: string): WhereValue | undefined {
    return this.#parts.get(whereKey(part, reference));
  }

  /** Takes in `wanted.<image>`. */
  putImage(value: WantedValue): void {
    this.#images.set(value.reference, value);
  }

  /** Takes in a further part of an image. */
  putPart(part: number, value: WhereValue): void {
    this.#parts.set(whereKey(part, value.reference), value);
  }

  /** Takes in that `wanted.<image>` was deleted. */
  deleteImage(reference: string): void {
    this.#images.delete(reference);
  }

  /** Takes in that a further part of an image was deleted. */
  deletePart(part: number, reference: string): void {
    this.#parts.delete(whereKey(part, reference));
  }

  /** The images that some pod that wants them may run with on this node, by canonical reference. */
  on(node: NodeFacts): Map<string, WantedValue> {
    const fits = (placement: Placement) => mayRun(placement, node);
    return new Map([...this.#images].filter(([, value]) => this.#placements(value).some(fits)));
  }

  #placements({ reference, placements, parts = 1 }: WantedValue): readonly Placement[] {
    if (parts === 1) return placements;
    const further = Array.from(
      { length: parts - 1 },
      (_, index) => this.part(index + 2, reference)?.placements ?? [],
    );
    return [...placements, ...further.flat()];
  }
}
