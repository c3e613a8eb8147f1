import type { Placement } from "../objects/observed.ts";
import type { KeptMode } from "../private_images/private_mode.ts";
import type { Asked, WantReason } from "./asked.ts";

/** What is asked of one image, with what classes and marks have added. */
export interface AskedImage extends Pick<Asked, "neededBy" | "runs"> {
  readonly reason: WantReason;
  readonly placement: Placement;
  readonly priority: number;
  readonly pullSecrets: readonly string[];
  readonly refresh?: true | undefined;
  /** How it may be kept where it takes a login; undefined: it may not. */
  readonly mode?: KeptMode | undefined;
  /** Whether it is due on new nodes where it may run. */
  readonly due?: true | undefined;
}
