import type { WhyValue } from "../bucket/wire.ts";
import { ObjectMap, type ObjectName } from "../wants/object_map.ts";

type Reason = WhyValue["reasons"][number];

/** The objects that manifests name. */
export class NamedObjects {
  readonly #objects = new ObjectMap<true>();

  constructor(objects: Iterable<ObjectName>) {
    for (const object of objects) this.#objects.set(object, true);
  }

  /** Whether the manifests name it. */
  has(object: ObjectName): boolean {
    return this.#objects.get(object) === true;
  }

  /** Whether any of them wants an image. */
  isAnyIn(whys: Iterable<WhyValue>): boolean {
    for (const { reasons } of whys) if (reasons.some((reason) => this.has(reason))) return true;
    return false;
  }

  /** Whether these objects alone want an image: a reason that the bucket does not name may be another's. */
  isAllOf(why: WhyValue | undefined): boolean {
    return why !== undefined && why.count <= why.reasons.length &&
      why.reasons.every((reason) => this.has(reason) && reason.how === undefined);
  }

  /** The reasons of an image that are of these objects, and the first that is not. */
  split({ reasons }: WhyValue): { readonly ours: Reason[]; readonly other: Reason | undefined } {
    return {
      ours: reasons.filter((reason) => this.has(reason)),
      other: reasons.find((reason) => !this.has(reason)),
    };
  }
}
