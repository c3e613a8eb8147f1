import { inKeyOrder } from "../in_key_order.ts";
import type { NodeTerm, Placement } from "../objects/observed.ts";
import { ANYWHERE } from "../placement/eligibility.ts";
import { withoutUnset } from "../without_unset.ts";

/**
 * Placements of which a node has to meet one. Those that differ in their required affinity alone are
 * one, as its terms are alternatives already: so thousands of pods that name a node each are one
 * placement with as many terms.
 */
export class PlacementSet {
  /** By what they say beside their affinity; without terms: any node that the rest allows. */
  readonly #placements = new Map<string, { readonly rest: Placement; terms?: Terms }>();

  /** Adds one. */
  add({ affinity, ...rest }: Placement): void {
    const key = JSON.stringify(rest);
    const known = this.#placements.get(key);
    if (affinity === undefined) this.#placements.set(key, { rest });
    else if (known === undefined) this.#placements.set(key, { rest, terms: termsOf(affinity) });
    else if (known.terms !== undefined) {
      for (const [text, term] of termsOf(affinity)) known.terms.set(text, term);
    }
  }

  /** All, in an order of their own; one that no node is outside of stands alone. */
  merged(): Placement[] {
    const anywhere = this.#placements.get(JSON.stringify(ANYWHERE));
    if (anywhere !== undefined && anywhere.terms === undefined) return [ANYWHERE];
    return inKeyOrder(this.#placements).map(([, { rest, terms }]) => {
      if (terms === undefined) return rest;
      const { nodeSelector, ...others } = rest;
      return withoutUnset({
        nodeSelector,
        affinity: inKeyOrder(terms).map(([, term]) => term),
        ...others,
      });
    });
  }
}

type Terms = Map<string, NodeTerm>;

function termsOf(affinity: readonly NodeTerm[]): Terms {
  return new Map(affinity.map((term) => [JSON.stringify(term), term]));
}
