import type { Leadership } from "../../../mod/ports/leadership.ts";
import { aborted } from "./scripted_source.ts";

/** An election whose outcome the test decides. */
export interface ScriptedLeadership extends Leadership {
  /** Makes this controller lead, or stand by, and tells its follower. */
  lead(leading: boolean): void;
  /** Lets the lease expire: `leading()` turns false, and the follower is not told. */
  expire(): void;
}

/** Makes an election that this controller has won, or lost. */
export function scriptedLeadership(wins = true): ScriptedLeadership {
  let leads = wins;
  let tell: ((leading: boolean) => void) | undefined;
  return {
    leading: () => leads,
    lead(leading) {
      leads = leading;
      tell?.(leading);
    },
    expire() {
      leads = false;
    },
    async follow({ signal, changed }) {
      tell = changed;
      if (leads) changed(true);
      await aborted(signal);
      tell = undefined;
    },
  };
}
