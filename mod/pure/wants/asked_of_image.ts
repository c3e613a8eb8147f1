import type { AskedImage } from "./asked_image.ts";
import { WantedEntry } from "./wanted_entry.ts";

/**
 * What is asked of one image, pass by pass. While each pass adds the same as the one before, in the
 * same order, nothing is made anew.
 */
export class AskedOfImage {
  readonly #reference: string;
  #asked: readonly AskedImage[] = [];
  /** How many of these this pass has added as well. */
  #same = 0;
  /** What this pass has added, once it is something else. */
  #other: AskedImage[] | undefined;
  #entry: WantedEntry | undefined;
  #pass = -1;

  constructor(reference: string) {
    this.#reference = reference;
  }

  /** Adds what an object asks in this pass. */
  add(asked: AskedImage, pass: number): void {
    if (this.#pass !== pass) {
      this.#pass = pass;
      this.#same = 0;
      this.#other = undefined;
    }
    if (this.#other === undefined && this.#asked[this.#same] === asked) this.#same++;
    else (this.#other ??= this.#asked.slice(0, this.#same)).push(asked);
  }

  /** What it comes to at the end of this pass; undefined where this pass has added nothing. */
  entry(pass: number): WantedEntry | undefined {
    if (this.#pass !== pass) return undefined;
    const isSame = this.#other === undefined && this.#same === this.#asked.length;
    if (this.#entry === undefined || !isSame) {
      this.#asked = this.#other ?? this.#asked.slice(0, this.#same);
      this.#same = this.#asked.length;
      this.#other = undefined;
      this.#entry = new WantedEntry(this.#reference, this.#asked);
    }
    return this.#entry;
  }
}
