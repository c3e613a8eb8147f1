import type { Logger } from "../ports/logger.ts";
import type { NodeGateValue, NodeValue } from "../pure/bucket/wire.ts";
import { type DueStanding, dueStanding, isEnough } from "../pure/node_gate/due_standing.ts";
import type { ImageLedger } from "../pure/pulls/image_ledger.ts";
import { withoutUnset } from "../pure/without_unset.ts";

/** What `OwnGate` works with. */
export interface OwnGateDeps {
  readonly ledger: Pick<ImageLedger, "look">;
  readonly logger: Logger;
}

/**
 * Watches over the gate of this node: which images it has to have before it takes pods, and when the
 * controller must hear at once, as pods wait for it.
 */
export class OwnGate {
  readonly #deps: OwnGateDeps;
  #nodeUid: string | undefined;
  #gate: NodeGateValue | undefined;
  /** Places of the images that are due, in the order in which to pull them. */
  #places: ReadonlyMap<string, number> = new Map();
  /** Whether the controller knows nothing yet of this node, of which another may have had the name. */
  #isNew = false;
  #isEnough = false;
  /** What the log has said of this gate last. */
  #said: "nothing" | "shut" | "here" = "nothing";

  constructor(deps: OwnGateDeps) {
    this.#deps = deps;
  }

  /** Of the Node object by whose facts it is known what is wanted; undefined: there is none. */
  get nodeUid(): string | undefined {
    return this.#nodeUid;
  }

  /** Takes in what the bucket says of this node; undefined where it names none. */
  take(node: Pick<NodeValue, "uid" | "gate"> | undefined): void {
    const isAnother = node?.uid !== this.#nodeUid;
    if (isAnother) this.#isNew = true;
    if (isAnother || node?.gate === undefined) this.#said = "nothing";
    this.#nodeUid = node?.uid;
    if (this.#gate === node?.gate) return;
    this.#gate = node?.gate;
    // What is due now may have come a moment ago, and be in no report yet.
    this.#isEnough = false;
    this.#places = new Map(this.#gate?.due.map((reference, place) => [reference, place]));
  }

  /** Place of an image among those that the node needs before it takes pods; else undefined. */
  placeOf(reference: string): number | undefined {
    return this.#places.get(reference);
  }

  /**
   * Looks how the due images stand by now; returns whether the controller must hear of it at once:
   * when enough of them have come, and of a node that it knows nothing of.
   */
  turned(): boolean {
    const wasEnough = this.#isEnough;
    const wasNew = this.#isNew;
    this.#isNew = false;
    const standing = this.#standing();
    this.#isEnough = standing !== undefined && isEnough(standing, this.#gate?.share);
    if (this.#isEnough && this.#said !== "here" && standing !== undefined) {
      this.#said = "here";
      this.#tell("Images that the node was kept from pods for are here", standing);
    }
    return wasNew || this.#isEnough && !wasEnough;
  }

  /** Takes in that what the controller had heard is gone with its bucket: it must hear it again. */
  lost(): void {
    this.#isEnough = false;
  }

  /** Says once that images are missing, now that it was looked for them. */
  checked(): void {
    const standing = this.#standing();
    if (standing === undefined || this.#isEnough || this.#said !== "nothing") return;
    this.#said = "shut";
    this.#tell("Node takes no pods until its images are here", standing, this.#gate?.until);
  }

  /** Undefined where the node waits for none. */
  #standing(): DueStanding | undefined {
    const { due = [] } = this.#gate ?? {};
    if (due.length === 0) return undefined;
    return dueStanding(due, (reference) => this.#deps.ledger.look(reference));
  }

  #tell(text: string, { awaited, hopeless }: DueStanding, until?: string): void {
    this.#deps.logger.info(
      text,
      withoutUnset({
        due: this.#places.size,
        missing: awaited.length || undefined,
        hopeless: hopeless.length || undefined,
        until,
      }),
    );
  }
}
