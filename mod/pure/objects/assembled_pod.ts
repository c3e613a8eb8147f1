import { type ImageField, imageOfContainer, imagesAt, imagesOfVolumes } from "./images_in_pod.ts";
import { type ReadShape, shapeOf } from "./observe_pod_spec.ts";
import { UNSAID } from "./observe_pod_shaped.ts";
import { type Fields, itemsOf } from "./raw_value.ts";

/** A container and where it is in its object, such as `spec.steps[0]`. */
export type LocatedContainer = readonly [path: string, container: unknown];

/** A pod that a kind describes by parts of its own, instead of by a pod's specification. */
export interface AssembledPod {
  /** Where `spec` is in the object. */
  readonly path: string;
  /** Has the selectors, tolerations, volumes and pull secrets, in fields called as those of pods. */
  readonly spec: Fields;
  readonly containers: readonly LocatedContainer[];
  /** More fields that hold references. */
  readonly images?: readonly ImageField[];
}

/** Reads such a pod. `unsaid` is as with `imagesAt`. */
export function readAssembled(pod: AssembledPod, unsaid: RegExp = UNSAID): ReadShape {
  const { path, spec, containers, images = [] } = pod;
  const { wants, faults } = imagesAt([
    ...containers.map(([at, container]) => imageOfContainer(container, at)),
    ...images,
    ...imagesOfVolumes(spec, path),
  ], unsaid);
  const whole = { ...spec, initContainers: [], containers: containers.map(([, each]) => each) };
  return { shape: shapeOf(whole, wants), faults };
}

/** The containers of these lists of a part of an object, each with where it is. */
export function locatedIn(
  part: Fields,
  lists: readonly string[],
  path: string,
): LocatedContainer[] {
  return lists.flatMap((list) => located(part[list], `${path}.${list}`));
}

/** The containers of a list, each with where it is. */
export function located(list: unknown, path: string): LocatedContainer[] {
  return itemsOf(list).map((container, index) => [`${path}[${index}]`, container]);
}
