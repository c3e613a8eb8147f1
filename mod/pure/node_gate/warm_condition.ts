/** Type of the condition of a Node that says whether its gate has opened. */
export const WARM_CONDITION = "WarmImagesReady";

/** The condition, as in the Kubernetes API, without its times. */
export interface WarmCondition {
  readonly type: typeof WARM_CONDITION;
  readonly status: "True";
  /** One word in CamelCase: `Warm`, `NothingDue`, `LimitPassed`. */
  readonly reason: string;
  readonly message: string;
}
