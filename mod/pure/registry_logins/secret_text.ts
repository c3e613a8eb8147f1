/** A secret that no log line, error or report shows by accident. */
export class SecretText {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The secret itself, to be handed on at once. */
  reveal(): string {
    return this.#text;
  }

  /** What is shown in its place. */
  toString(): string {
    return "(secret)";
  }

  /** As `toString()`. */
  toJSON(): string {
    return this.toString();
  }
}
