import { imagesAlsoNamed } from "./also_named.ts";
import type { Kind } from "./kind.ts";
import type { Observed } from "./observed.ts";
import {
  observeShapes,
  type ReadShape,
  readShape,
  type WorkloadFacts,
} from "./observe_pod_spec.ts";
import { podShapedParts } from "./pod_shaped_parts.ts";
import { type Fields, fieldsOf, itemsOf } from "./raw_value.ts";

/** Who defines a kind may give images by defaults of its own: fields of them may be empty. */
export const UNSAID = /^\s*$/;

/** What a kind says of its objects beside their pod-shaped parts. */
export interface PodShapedKind {
  /** Whether an object of this status will make no more pods. */
  readonly hasEnded?: (status: Fields) => boolean;
  readonly isDaemon?: boolean;
}

/** Any kind with pod-shaped parts; each of them asks for images of its own. */
export const observePodShaped: Kind["observe"] = podShaped();

/** As `observePodShaped`, for kinds of which something more is known. */
export function podShaped({ hasEnded, isDaemon = false }: PodShapedKind = {}): Kind["observe"] {
  return (raw, kind) => {
    if (hasEnded?.(fieldsOf(raw["status"]))) return { type: "ignored" };
    const parts = podShapedParts(raw);
    const wanted = parts.filter(({ skip }) => !skip);
    const read = (wanted.length > 0 ? wanted : parts).map(({ path, spec }) =>
      readShape(spec, { path, isDaemon, unsaid: UNSAID })
    );
    const also = wanted.flatMap(({ spec }) => imagesAlsoNamed(spec));
    return observeParts(raw, read, { kind, skip: wanted.length === 0, also });
  };
}

/** Makes the record of an object from its parts; one without parts is ignored. */
export function observeParts(
  raw: Fields,
  parts: readonly ReadShape[],
  facts: Omit<WorkloadFacts, "path">,
): Observed {
  if (parts.length === 0) return { type: "ignored" };
  const shapes = parts.map(({ shape }) => shape);
  const faults = parts.flatMap((part) => part.faults);
  return observeShapes(raw, { shapes, faults }, facts);
}

/** Whether one of these conditions is true, as in `status.conditions` of most kinds. */
export function hasCondition(...types: readonly string[]): (status: Fields) => boolean {
  return ({ conditions }) =>
    itemsOf(conditions).map(fieldsOf).some(({ type, status }) =>
      status === "True" && types.some((each) => each === type)
    );
}
