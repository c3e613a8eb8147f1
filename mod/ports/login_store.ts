import type { FoundLogins, LoginPlan } from "../pure/logins/login_plan.ts";

/** Where the logins of the chart's own NATS are kept. */
export interface LoginStore {
  /** Reads what is there. */
  find(options: { readonly signal: AbortSignal }): Promise<FoundLogins>;
  /**
   * Writes what the plan says, the Secret beside NATS first. Throws when somebody else has written
   * since `find()`: then it is to be found and planned again.
   */
  carryOut(plan: LoginPlan, options: { readonly signal: AbortSignal }): Promise<void>;
  /** Deletes what it finds of Secrets; false, and nothing deleted, while NATS is installed. */
  remove(options: { readonly signal: AbortSignal }): Promise<boolean>;
}
