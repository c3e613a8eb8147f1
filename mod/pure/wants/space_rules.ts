import { globMatcher } from "../glob.ts";
import type { Want } from "../objects/observed.ts";

/** Which namespaces and images count. Names of namespaces may be globs with `*` and `?`. */
export interface SpaceRules {
  /** Namespaces that count; `*` for all, none when empty. */
  readonly listSpaces: readonly string[];
  /** Namespaces that do not count although they are listed. */
  readonly ignoreSpaces: readonly string[];
  /** Images do not count whose reference, as written or canonical, contains one of these. */
  readonly ignoreImages: readonly string[];
  /** Images wanted on every node, whoever runs there; the rules above do not touch them. */
  readonly listImages: readonly string[];
}

/** Decides whether a namespace counts; `skipped` are those that carry the skip mark. */
export function spaceFilter(
  rules: SpaceRules,
  skipped: ReadonlySet<string>,
): (namespace: string) => boolean {
  const listed = globMatcher(rules.listSpaces);
  const ignored = globMatcher(rules.ignoreSpaces);
  const known = new Map<string, boolean>();
  return (namespace) => {
    const decided = known.get(namespace) ??
      (listed(namespace) && !ignored(namespace) && !skipped.has(namespace));
    known.set(namespace, decided);
    return decided;
  };
}

/** Whether the rules leave this image out. */
export function ignoresImage(
  rules: SpaceRules,
  { written, reference }: Pick<Want, "written" | "reference">,
): boolean {
  return rules.ignoreImages.some(
    (text) => text !== "" && (written.includes(text) || reference.includes(text)),
  );
}
