import type { Conditions } from "../ports/conditions.ts";
import type { Logger } from "../ports/logger.ts";
import { sameItems } from "../pure/same_items.ts";
import { namespacesOf, spacesText } from "../pure/wants/left_out.ts";
import type { WantedSet } from "../pure/wants/wanted_set.ts";
import type { WithheldImage } from "../pure/wants/withheld.ts";

/** What `WithheldLog` works with. */
export interface WithheldLogDeps {
  readonly logger: Logger;
  /** The note `private` says what is withheld. */
  readonly conditions: Conditions;
}

/** Tells which namespaces ask for private images in vain: once, and again when these are others. */
export class WithheldLog {
  readonly #deps: WithheldLogDeps;
  #images: readonly WithheldImage[] = [];
  #spaces = "";

  constructor(deps: WithheldLogDeps) {
    this.#deps = deps;
  }

  /** Takes in what a pass withholds. */
  show(withheld: WantedSet["withheld"]): void {
    const images = [...withheld.values()];
    if (sameItems(images, this.#images)) return;
    this.#images = images;
    const { logger, conditions } = this.#deps;
    const names = namespacesOf(withheld);
    const spaces = names.count === 0 ? "" : spacesText(names);
    const count = `${images.length} private ${images.length === 1 ? "image" : "images"}`;
    const note = `${count} left out by warm-images/private in ${spaces}`;
    conditions.note("private", spaces === "" ? undefined : note);
    if (spaces === this.#spaces) return;
    this.#spaces = spaces;
    if (spaces === "") logger.info("No private images are left out any more");
    else logger.info(`Left out: ${count} by warm-images/private in ${spaces}`, { set: HINT });
  }
}

const HINT = "kubectl annotate --overwrite namespace NAME warm-images/private=bytes";
