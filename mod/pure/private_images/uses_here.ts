import { mayRun, type NodeFacts } from "../placement/eligibility.ts";
import { type PrivateUse, secretName } from "./private_use.ts";

/** Those of an image's private uses whose pods may run on this node. */
export function usesHere(uses: readonly PrivateUse[], node: NodeFacts): readonly PrivateUse[] {
  return uses.filter(({ placements }) =>
    placements === undefined || placements.some((placement) => mayRun(placement, node))
  );
}

/** Whether an image with these uses may be kept as bytes. */
export function mayBeBytes(uses: readonly PrivateUse[] | undefined): boolean {
  return uses?.some(({ mode }) => mode === "bytes") ?? false;
}

/** Whether an image with these uses may be open although it takes a login. */
export function mayBeOpen(uses: readonly PrivateUse[] | undefined): boolean {
  return uses?.some(({ mode }) => mode === "open") ?? false;
}

/** Whether a word of `grantsOf()` lets the image be open. */
export function isOpenGrant(grant: string): boolean {
  return grant.split(" ")[0] === "open";
}

/**
 * By whose logins an image with these uses may be had, and as what: as one word each, such as
 * `open shop/regcred`, or `bytes` for the node's own logins.
 */
export function grantsOf(uses: readonly PrivateUse[] | undefined): ReadonlySet<string> {
  const grants = new Set<string>();
  for (const { mode, secrets } of uses ?? []) {
    grants.add(mode);
    for (const secret of secrets) grants.add(`${mode} ${secretName(secret)}`);
  }
  return grants;
}
