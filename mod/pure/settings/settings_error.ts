/** What the settings say, or name, cannot be used, and no further try would change that. */
export class UnusableSettingsError extends Error {
  override readonly name = "UnusableSettingsError";

  constructor(
    /** Each a sentence that names what is at fault. */
    readonly faults: readonly string[],
    options?: ErrorOptions,
  ) {
    super(faults.join("; "), options);
  }
}
