import { compareTexts } from "../compare_texts.ts";
import { inKeyOrder } from "../in_key_order.ts";

/** What an object asks for in vain, as it is private and its namespace has such images off. */
export interface Withheld {
  readonly reference: string;
  readonly namespace: string;
}

/** A private image that some pods ask for in vain. */
export interface WithheldImage {
  /** Canonical. */
  readonly reference: string;
  /** Namespaces of these pods, each once, in order. */
  readonly namespaces: readonly string[];
}

/**
 * What the rule `warm-images/private` withholds, pass by pass. An image of which the same is withheld
 * as in the pass before is the very same object again.
 */
export class WithheldImages {
  readonly #images = new Map<string, Gathered>();
  /** Whether `#images` is in the order of its references. */
  #isSorted = true;
  #pass = 0;

  /** Begins a pass. */
  begin(): void {
    this.#pass++;
  }

  /** Takes in what an object asks for in vain. */
  add({ reference, namespace }: Withheld): void {
    let gathered = this.#images.get(reference);
    if (gathered === undefined) {
      gathered = { pass: this.#pass, namespaces: new Set(), told: undefined };
      this.#images.set(reference, gathered);
      this.#isSorted = false;
    }
    if (gathered.pass !== this.#pass) {
      gathered.pass = this.#pass;
      gathered.namespaces.clear();
    }
    gathered.namespaces.add(namespace);
  }

  /** Ends a pass; all that it withholds, in order. */
  end(): ReadonlyMap<string, WithheldImage> {
    const told = new Map<string, WithheldImage>();
    for (const [reference, gathered] of this.#inOrder()) {
      if (gathered.pass !== this.#pass) this.#images.delete(reference);
      else told.set(reference, gathered.told = toldOf(reference, gathered));
    }
    return told;
  }

  #inOrder(): ReadonlyMap<string, Gathered> {
    if (!this.#isSorted) {
      const sorted = inKeyOrder(this.#images);
      this.#images.clear();
      for (const [reference, gathered] of sorted) this.#images.set(reference, gathered);
      this.#isSorted = true;
    }
    return this.#images;
  }
}

/** What is withheld of one image. */
interface Gathered {
  /** The pass that has added the namespaces. */
  pass: number;
  readonly namespaces: Set<string>;
  /** At the end of the last pass. */
  told: WithheldImage | undefined;
}

function toldOf(reference: string, { namespaces, told }: Gathered): WithheldImage {
  const isSame = told?.namespaces.length === namespaces.size &&
    told.namespaces.every((each) => namespaces.has(each));
  return isSame ? told : { reference, namespaces: [...namespaces].sort(compareTexts) };
}
