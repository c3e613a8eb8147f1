import type { Conditions } from "../ports/conditions.ts";
import type { Metrics } from "../ports/metrics.ts";

/** Conditions and metrics of a command that serves none. */
export const UNSEEN: Conditions & Metrics = {
  set: () => {},
  note: () => {},
  beat: () => {},
  count: () => {},
  gauge: () => {},
  observe: () => {},
};
