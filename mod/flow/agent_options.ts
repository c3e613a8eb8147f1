import type { Clock } from "../ports/clock.ts";
import type { Conditions } from "../ports/conditions.ts";
import type { DiskUsage } from "../ports/disk_usage.ts";
import type { ImagePins } from "../ports/image_pins.ts";
import type { ImageRuntime } from "../ports/image_runtime.ts";
import type { Logger } from "../ports/logger.ts";
import type { Metrics } from "../ports/metrics.ts";
import type { StateStore } from "../ports/state_store.ts";
import type { ObservedNode } from "../pure/objects/observed.ts";
import type { PullSchedule } from "../pure/pulls/pull_schedule.ts";
import type { LoginsDeps } from "./own_logins.ts";
import type { PinKeeperOptions } from "./pin_keeper.ts";

/** Logins by which images may be had on this node. */
export interface AgentLogins extends LoginsDeps {
  /**
   * Tells until `signal` aborts that logins have come or changed: of one image (canonical reference),
   * or of any. Absent: nobody can tell.
   */
  readonly follow?: (
    options: {
      readonly signal: AbortSignal;
      readonly changed: (reference?: string) => void;
      /** Uid of the Node object; undefined: not known yet. */
      readonly nodeUid: () => string | undefined;
    },
  ) => Promise<void>;
}

/** The outside things an agent works with. */
export interface AgentDeps {
  readonly store: StateStore;
  readonly runtime: ImageRuntime;
  readonly disk: DiskUsage;
  /** Undefined: nothing is pinned, and no pin taken back. */
  readonly pins?: ImagePins | undefined;
  /** Undefined: the node has no login anywhere. */
  readonly logins?: AgentLogins | undefined;
  readonly logger: Logger;
  readonly conditions: Conditions;
  readonly metrics: Metrics;
  readonly clock: Clock;
}

/** How an agent behaves. */
export interface AgentOptions {
  readonly signal: AbortSignal;
  /** What the agent knows of its own node. */
  readonly self: ObservedNode;
  readonly pullParallel: number;
  /** How many pulls of one registry run at a time. */
  readonly pullsPerRegistry: number;
  /** Whether pulls stand still while somebody else downloads on this node. */
  readonly yieldToKubelet: boolean;
  readonly diskHighPercent: number;
  /** The most disk that wanted images may take; undefined: no limit but `diskHighPercent`. */
  readonly maxBytes?: number | undefined;
  /** The most images that are kept warm; 0 or undefined: no limit. */
  readonly maxImages?: number | undefined;
  /** Whether pulls go by the relay, as far as it can carry them; default: they do. */
  readonly relay?: { readonly on: boolean } | undefined;
  readonly lookAgainMs: number;
  /** Default: nothing is pinned, and what was before is taken back. */
  readonly pins?: PinKeeperOptions["rules"] | undefined;
  /** How often the registry is asked whether a tag has moved; undefined: never. */
  readonly refreshEveryMs?: number | undefined;
  /**
   * The agent ends with `RuntimeLostError` when a runtime that had answered before has not listened
   * at its socket for this long; 0: never. containerd makes a new socket at each start: where the
   * file itself is mounted into a container, only a new container sees it.
   */
  readonly exitWhenRuntimeLostMs: number;
  readonly schedule?: PullSchedule | undefined;
  readonly graceMs?: number | undefined;
  readonly random?: (() => number) | undefined;
}
