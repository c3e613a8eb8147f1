import type { Placement } from "../objects/observed.ts";
import { mayRun, type NodeFacts } from "../placement/eligibility.ts";
import type { WantedValue, WhereValue } from "./wire.ts";

/**
 * What stands in the bucket of the wanted images. Parts of an image may come before it, in any order,
 * and stay when it goes; without it they want nothing.
 */
export class WantedValues {
  readonly #images = new Map<string, WantedValue>();
  /** By reference, then by number. */
  readonly #parts = new Map<string, Map<number, WhereValue>>();

  /** How many images there are. */
  get size(): number {
    return this.#images.size;
  }

  /** By canonical reference. */
  image(reference: string): WantedValue | undefined {
    return this.#images.get(reference);
  }

  /** All of them, by canonical reference. */
  get images(): ReadonlyMap<string, WantedValue> {
    return this.#images;
  }

  /** Where pods that want an image may run, its further parts included. */
  placementsOf(reference: string): readonly Placement[] {
    const parts = this.#parts.get(reference)?.values().toArray() ?? [];
    return [this.#images.get(reference), ...parts].flatMap((each) => each?.placements ?? []);
  }

  /** A further part of an image. */
  part(part: number, reference: string): WhereValue | undefined {
    return this.#parts.get(reference)?.get(part);
  }

  /** Takes in `wanted.<image>`. */
  putImage(value: WantedValue): void {
    this.#images.set(value.reference, value);
  }

  /** Takes in a further part of an image. */
  putPart(part: number, value: WhereValue): void {
    const parts = this.#parts.get(value.reference) ?? new Map();
    this.#parts.set(value.reference, parts.set(part, value));
  }

  /** Takes in that `wanted.<image>` was deleted. */
  deleteImage(reference: string): void {
    this.#images.delete(reference);
  }

  /** Takes in that a further part of an image was deleted. */
  deletePart(part: number, reference: string): void {
    const parts = this.#parts.get(reference);
    parts?.delete(part);
    if (parts?.size === 0) this.#parts.delete(reference);
  }

  /** Forgets everything. */
  clear(): void {
    this.#images.clear();
    this.#parts.clear();
  }

  /** The images that some pod that wants them may run with on this node, by canonical reference. */
  on(node: NodeFacts): Map<string, WantedValue> {
    const fits = (placement: Placement) => mayRun(placement, node);
    const isWanted = ({ reference, placements }: WantedValue) =>
      placements.some(fits) ||
      this.#parts.get(reference)?.values().some(({ placements }) => placements.some(fits));
    return new Map([...this.#images].filter(([, value]) => isWanted(value)));
  }
}
