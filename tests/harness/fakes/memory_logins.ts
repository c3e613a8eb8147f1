import type { LoginStore } from "../../../mod/ports/login_store.ts";
import type { FoundLogins, LoginPlan } from "../../../mod/pure/logins/login_plan.ts";

/** Logins that are kept in memory. */
export interface MemoryLogins extends LoginStore {
  found: FoundLogins;
  readonly carriedOut: LoginPlan[];
  /** The next calls fail with these, in order. */
  readonly failures: Error[];
}

/** Makes a store that holds nothing. */
export function memoryLogins(): MemoryLogins {
  const failures: Error[] = [];
  const failOnce = () => {
    const failure = failures.shift();
    if (failure !== undefined) throw failure;
  };
  return {
    found: { master: undefined, copy: undefined, earlier: undefined, nats: undefined },
    carriedOut: [],
    failures,
    find() {
      failOnce();
      return Promise.resolve(this.found);
    },
    carryOut(plan) {
      failOnce();
      this.carriedOut.push(plan);
      const { master = this.found.master, copy = this.found.copy } = plan;
      this.found = { ...this.found, master, copy };
      return Promise.resolve();
    },
    remove() {
      failOnce();
      if (this.found.nats !== undefined) return Promise.resolve(false);
      this.found = { ...this.found, master: undefined, copy: undefined };
      return Promise.resolve(true);
    },
  };
}
