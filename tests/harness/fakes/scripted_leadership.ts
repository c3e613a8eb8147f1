import type { Leadership } from "../../../mod/ports/leadership.ts";
import { aborted } from "./scripted_source.ts";

/** An election whose outcome the test decides. */
export interface ScriptedLeadership extends Leadership {
  /** Makes this controller lead, or stand by, and tells it. */
  lead(leading: boolean): void;
  /** The lease runs out by the clock: `leading()` turns false and nobody is told. */
  expire(): void;
}

/** Makes an election that is won already, or lost. */
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
