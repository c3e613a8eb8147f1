import type { KindNames } from "../../ports/wants_source.ts";
import { kindName } from "../../pure/objects/kind.ts";
import { BUILT_IN_KINDS, CLUSTER_KINDS } from "../../pure/objects/kinds.ts";
import { KNOWN_KINDS } from "../../pure/objects/known_kinds.ts";
import type { Discovered } from "./discovery.ts";

/** What is known of the kinds that are asked for. */
export interface AskedKinds {
  /** Names of kinds that were never listed, as in `Observation.unread`. */
  readonly unlisted: readonly string[];
  /** Names of kinds that were. */
  readonly listed: ReadonlySet<string>;
  /** Groups of the kinds that a cluster may have or lack. */
  readonly groups: ReadonlySet<string>;
  readonly found: Discovered | undefined;
}

/**
 * Names of the kinds of which objects may exist that were never read. While it is not known which
 * kinds the cluster has, that is every kind but Kubernetes' own: one that is followed no more cannot
 * be told from one that is about to be.
 */
export function unreadKinds({ unlisted, listed, groups, found }: AskedKinds): KindNames {
  const names = new Set(unlisted);
  if (found === undefined && groups.size > 0) {
    return {
      size: Infinity,
      has: (name) => {
        const kind = name.replace(/\/.*/, "");
        return names.has(name) || !(OWN_NAMES.has(kind) || listed.has(kind));
      },
    };
  }
  const silent = (found?.silentGroups ?? []).filter((group) => groups.has(group));
  if (silent.length === 0) return names;
  const known = KNOWN_KINDS.filter(({ group }) => silent.includes(group)).map(kindName);
  for (const name of known) if (!listed.has(name)) names.add(name);
  return {
    size: Infinity,
    has: (name) =>
      names.has(name) ||
      silent.some((group) => name.endsWith(`.${group}`)) && !listed.has(name),
  };
}

/** What reasons may name and no kind of others is called. */
const OWN_NAMES: ReadonlySet<string> = new Set([
  ...[...BUILT_IN_KINDS, ...CLUSTER_KINDS].map(kindName),
  "Setting",
]);
