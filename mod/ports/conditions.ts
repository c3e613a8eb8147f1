/** What readiness is made of; each condition is shown by `/readyz` with its reason. */
export interface Conditions {
  /** Declares or updates a condition; `reason` says why it does not hold, and what to do. */
  set(name: string, holds: boolean, reason?: string): void;
  /** Marks the program's own loop as alive; `/livez` fails when beats stop. */
  beat(): void;
}
