import type { NotFollowedKind } from "../pure/objects/not_followed.ts";
import type { Observed } from "../pure/objects/observed.ts";
import type { Awaited } from "../pure/wants/awaited.ts";

/** All objects that a source knows now. Cheap to make; valid until the next await. */
export interface Observation {
  /**
   * Whether everything that may be read was read once; before that nothing is written to the
   * bucket. What may not be read does not hold the rest up: see `unread`.
   */
  readonly synced: boolean;
  /** What `synced` waits for; once that is true, nothing. */
  readonly awaited?: readonly Awaited[];
  /**
   * Names of the kinds of which objects may exist that were never read, Namespace and Node among
   * them. What the bucket holds on their account must stay. A kind that was read once and may not
   * be read any more is none of them: its objects stay known. Of a kind that is unread in one namespace
   * alone it holds `kind/namespace`.
   */
  readonly unread: KindNames;
  /**
   * Names of the kinds that are followed wherever they should be; a kind that may not be read, be it
   * in one namespace, is none of them.
   */
  readonly kinds: ReadonlySet<string>;
  /** Records of all objects; what many pods of a revision show alike comes once. */
  readonly records: Iterable<Observed>;
  /**
   * Kinds of which there are objects that may name images, and that are not followed; undefined
   * while that is not known, which holds nothing up.
   */
  readonly notFollowed: readonly NotFollowedKind[] | undefined;
  /** What could not be read at all, one line each, such as file, line and what is wrong. */
  readonly faults: readonly string[];
}

/** Names of kinds, as `kindName` gives them. */
export type KindNames = Pick<ReadonlySet<string>, "has" | "size">;

/** A source of objects: a Kubernetes API server, or manifests. */
export interface WantsSource {
  /** Written to `meta` in the bucket: with `kubernetes`, agents wait for the facts of their node. */
  readonly type: "kubernetes" | "manifests";
  /**
   * Follows the objects until `signal` aborts, then resolves. Calls `changed` each time the
   * observation became different. Survives outages: it keeps the objects it knows and lists again.
   */
  follow(options: {
    readonly signal: AbortSignal;
    readonly changed: (cause: string) => void;
  }): Promise<void>;
  /** Everything that is known now. */
  observe(): Observation;
}
