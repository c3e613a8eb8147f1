/** Readiness: a program is ready when all its conditions hold. `/readyz` shows each of them. */
export interface Conditions {
  /** Declares or updates a condition; `reason` says why it does not hold and what to do. */
  set(name: string, holds: boolean, reason?: string): void;
  /** Shows a text beside the conditions, whatever these are; undefined takes it away. */
  note(name: string, text: string | undefined): void;
  /** Tells that the work loop turns, or waits for a cause; `/livez` fails when beats stop. */
  beat(): void;
}
