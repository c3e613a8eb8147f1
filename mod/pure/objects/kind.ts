import type { GroupKind } from "./group_kind.ts";
import type { Observed } from "./observed.ts";
import type { Fields } from "./raw_value.ts";

/** A kind as an API server's discovery names it. */
export interface ServedKind extends GroupKind {
  /** Of what a server has, the version that it prefers. */
  readonly version: string;
  /** Its name in paths of the API, and in RBAC. */
  readonly plural: string;
  readonly namespaced: boolean;
}

/**
 * A kind of object that the controller reads. Everything that is said of kinds elsewhere follows
 * from the tables below and in `known_kinds.ts`, or is held to them by a test
 * (`tests/chart/kinds_test.ts`, `tests/house/kinds_test.ts`).
 *
 * To add a kind:
 * 1. Add a row to `KNOWN_KINDS` (kinds of others) or `BUILT_IN_KINDS` (Kubernetes' own).
 *    `observePodShaped` serves every kind that holds pod specifications, wherever they are; a kind
 *    with oddities gets a function in a file of its own in `known/`.
 * 2. Run `deno task test:unit`. It names the lists in the chart and in the documentation that lack
 *    the new kind.
 */
export interface Kind extends ServedKind {
  /**
   * Whether its pod templates say what all pods ask for that it makes, itself or by way of another
   * kind: what it owns is a revision of it then, or speaks for it. What an operator makes of an
   * object that only configures it speaks for itself.
   */
  readonly speaksForOwned: boolean;
  /** Whether its metadata says all that is needed: an API server then sends no more. */
  readonly metadataOnly?: boolean;
  /** Field selector of the objects that can matter: an API server sends no others. */
  readonly fieldSelector?: string;
  /** The same by labels. */
  readonly labelSelector?: string;
  /** What settings, logs, metrics and reasons call it where another row has the same `kind`. */
  readonly alias?: string;
  /** Whether an object asks for no pods now, where this kind has fields of its own for that. */
  readonly isAsleep?: (raw: Fields) => boolean;
  /** Keeps of a parsed object what the controller needs. `name` is `kindName` of this row. */
  readonly observe: (raw: Fields, name: string) => Observed;
}

/** What settings, logs, metrics and reasons call a kind; no two kinds have the same name. */
export function kindName({ kind, alias }: Pick<Kind, "kind" | "alias">): string {
  return alias ?? kind;
}
