/** One condition as `/readyz` shows it. */
export interface ConditionView {
  readonly holds: boolean;
  /** ISO time since which it holds, or does not. */
  readonly since: string;
  readonly reason?: string;
}

/** What `/readyz` answers. */
export interface Readiness {
  readonly ready: boolean;
  readonly conditions: Readonly<Record<string, ConditionView>>;
  /** What is worth knowing and no reason not to be ready, by name; absent: nothing. */
  readonly notes?: Readonly<Record<string, string>>;
}
