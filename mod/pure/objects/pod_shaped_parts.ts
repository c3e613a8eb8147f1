import { fieldPath } from "./field_path.ts";
import { CONTAINER_LISTS } from "./images_in_pod.ts";
import { asksToSkip } from "./observe_metadata.ts";
import { type Fields, fieldsOf, isFields } from "./raw_value.ts";

/** A part of an object that has the shape of a pod's specification. */
export interface PodShapedPart {
  /** Where it is in the object, such as `spec.template.spec`. */
  readonly path: string;
  readonly spec: Fields;
  /** Whether its template asks to be skipped. */
  readonly skip: boolean;
}

/**
 * The parts of an object of any kind that have the shape of a pod's specification: `containers`, of
 * which one at least has an `image`. What an object says of itself (`metadata`), reports (`status`)
 * or describes (the schema of a definition) is no part of it. The containers of a part are not
 * looked into; what else is in it is, as some specifications hold another one. Never throws, and
 * looks at `MAX_VALUES` values at most, `MAX_DEPTH` levels deep.
 */
export function podShapedParts(object: unknown): PodShapedPart[] {
  const parts: PodShapedPart[] = [];
  let left = MAX_VALUES;
  const visit = (value: unknown, path: string, depth: number, skip: boolean): void => {
    if (typeof value !== "object" || value === null || depth > MAX_DEPTH || left-- <= 0) return;
    if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) {
        visit(item, fieldPath(path, index), depth + 1, skip);
      }
      return;
    }
    const spec = fieldsOf(value);
    const isPart = isPodShaped(spec);
    if (isPart) parts.push({ path, spec, skip });
    const skips = depth > 0 && asksToSkip(value);
    for (const [key, each] of Object.entries(spec)) {
      if (LEFT_OUT.has(key) || isPart && CONTAINERS.has(key)) continue;
      visit(each, fieldPath(path, key), depth + 1, skip || skips);
    }
  };
  visit(object, "", 0, false);
  return parts;
}

/** Pod templates of public kinds are a dozen levels deep at most. */
const MAX_DEPTH = 40;

/** An object of an API server has some megabytes at most; aliases of YAML make them look longer. */
const MAX_VALUES = 200_000;

const LEFT_OUT: ReadonlySet<string> = new Set(["metadata", "status", "openAPIV3Schema"]);

const CONTAINERS: ReadonlySet<string> = new Set(CONTAINER_LISTS);

function isPodShaped({ containers }: Fields): boolean {
  return Array.isArray(containers) &&
    containers.some((each) => isFields(each) && typeof each["image"] === "string");
}
