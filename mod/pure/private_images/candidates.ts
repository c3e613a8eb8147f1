import { KEPT_MODES, type KeptMode } from "./private_mode.ts";
import { type PrivateUse, type PullSecret, secretName } from "./private_use.ts";

/** The logins that are there, for one image; `Login` is whatever stands for one. */
export interface LoginsThere<Login> {
  /** The node's own, the first that fits first. */
  readonly node: readonly Login[];
  /** Those of one Secret that have been given to this node. */
  readonly ofSecret: (secret: PullSecret) => readonly Login[];
}

/** One login by which an image is tried. */
export interface Candidate<Login> {
  readonly login: Login;
  /** What may be kept of an image that is had by it and not without; absent: nothing. */
  readonly as?: "image" | "bytes";
  /** It may also be used for what can be had without. */
  readonly forPublic?: true;
}

/** By which logins an image is tried. */
export interface Candidates<Login> {
  /** In the order in which they are tried. */
  readonly candidates: readonly Candidate<Login>[];
  /** Secrets that pods here name, of which no login has been given to this node yet. */
  readonly awaited: readonly PullSecret[];
}

const KEPT_AS: Readonly<Record<KeptMode, "image" | "bytes">> = { open: "image", bytes: "bytes" };
/** What may be open is: it starts faster, and serves whoever wants it as bytes. */
const ORDER = KEPT_MODES.toReversed();

/**
 * By which logins an image is tried whose `uses` are those of this node: first those that make it
 * an open image, then those that let its bytes be kept; in each, the node's own before those of
 * Secrets. A Secret serves what its own namespace has asked for and nothing else: else anybody
 * could open the image of another by a mark on a namespace of his own.
 */
export function loginCandidates<Login>(
  uses: readonly PrivateUse[],
  { node, ofSecret }: LoginsThere<Login>,
): Candidates<Login> {
  const candidates: Candidate<Login>[] = [];
  const awaited: PullSecret[] = [];
  const tried = new Set<string>();
  let hasNode = false;
  for (const mode of ORDER) {
    const ofMode = uses.filter((use) => use.mode === mode);
    if (ofMode.length === 0) continue;
    const as = KEPT_AS[mode];
    if (!hasNode) candidates.push(...node.map((login) => ({ login, as, forPublic } as const)));
    hasNode = true;
    for (const secret of ofMode.flatMap(({ secrets }) => secrets)) {
      const name = secretName(secret);
      if (tried.has(name)) continue;
      tried.add(name);
      const logins = ofSecret(secret);
      if (logins.length === 0) awaited.push(secret);
      candidates.push(...logins.map((login) => ({ login, as })));
    }
  }
  if (!hasNode) candidates.push(...node.map((login) => ({ login, forPublic } as const)));
  return { candidates, awaited };
}

const forPublic = true;
