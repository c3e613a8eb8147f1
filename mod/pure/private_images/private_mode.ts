/**
 * How images of a namespace that take a login are kept on nodes: not at all; as bytes that kubelet
 * does not see, so that a pod still has to show its secret; or open, as public images are.
 */
export type PrivateMode = "off" | KeptMode;

/** The modes in which there is something to keep. */
export type KeptMode = typeof KEPT_MODES[number];

/** Those of them, the more careful one first. */
export const KEPT_MODES = ["bytes", "open"] as const;

/** What the administrator allows. */
export interface PrivateRules {
  /** Modes that namespaces may ask for; `off` they always may. */
  readonly modes: readonly KeptMode[];
  /** Registries of which images may be open: their hosts, as `registry.example:5000`; globs. */
  readonly openRegistries: readonly string[];
}
