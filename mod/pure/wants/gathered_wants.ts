import { inKeyOrder } from "../in_key_order.ts";
import { parseImageReference } from "../images/image_reference.ts";
import type { GateFor } from "../node_gate/gate_rules.ts";
import type { Marks, ObservedWorkload } from "../objects/observed.ts";
import { ANYWHERE } from "../placement/eligibility.ts";
import { narrowedPlacement } from "../placement/narrowed_placement.ts";
import { DEFAULT_PRIVATE_RULES, type ModeOf, modeWithin } from "../private_images/mode_of.ts";
import type { PrivateMode, PrivateRules } from "../private_images/private_mode.ts";
import { sameItems } from "../same_items.ts";
import { AccountSecrets, type SpaceAccounts } from "./account_secrets.ts";
import type { Asked, WantReason, WantsFault } from "./asked.ts";
import { AskedOfImage } from "./asked_of_image.ts";
import { isDue } from "./due_rule.ts";
import { markedPriority } from "./effective_marks.ts";
import { namedSecrets } from "./named_secrets.ts";
import { PodClasses } from "./pod_classes.ts";
import type { SeenObjects } from "./seen_objects.ts";
import { ignoresImage, type SpaceRules } from "./space_rules.ts";
import type { AskedOf, Remembered } from "./remembered.ts";
import type { WantedImage } from "./wanted_entry.ts";
import type { WantedSet } from "./wanted_set.ts";
import { type Withheld, WithheldImages } from "./withheld.ts";

/**
 * Gathers what is asked, image by image, pass by pass. An image of which the same is asked as in the
 * pass before is the very same object again.
 */
export class GatheredWants {
  readonly #rules: GatheringRules;
  readonly #listed: readonly AskedOf[];
  readonly #listedFaults: readonly WantsFault[];
  readonly #modeOf: ModeOf;
  readonly #accounts = new AccountSecrets();
  #classes = new PodClasses([], []);
  #classesFrom: readonly unknown[] = [];
  readonly #asked = new Map<string, AskedOfImage>();
  /** Whether `#asked` is in the order of its references. */
  #isSorted = true;
  #pass = 0;
  #faults: WantsFault[] = [];
  #contradicted = new Set<string>();
  readonly #withheld = new WithheldImages();

  constructor(rules: GatheringRules) {
    this.#rules = rules;
    this.#modeOf = modeWithin(rules.private ?? DEFAULT_PRIVATE_RULES);
    const { asked, faults } = listedImages(rules);
    this.#listed = asked;
    this.#listedFaults = faults;
  }

  /** Begins a pass. */
  begin({ runtimeClasses, priorityClasses, serviceAccounts }: SeenObjects): void {
    this.#accounts.take(serviceAccounts);
    const from = [...runtimeClasses, ...priorityClasses];
    if (!sameItems(from, this.#classesFrom)) {
      this.#classes = new PodClasses(runtimeClasses, priorityClasses);
      this.#classesFrom = from;
    }
    this.#pass++;
    this.#faults = [...this.#listedFaults];
    this.#contradicted = new Set();
    this.#withheld.begin();
    for (const each of this.#listed) this.#push(each);
  }

  /** Adds what an object of a namespace asks for; `marks` are those that hold for it. */
  add(asked: readonly Asked[], around: AskedIn, remembered: Remembered): void {
    const { marks } = around;
    const classes = this.#classes;
    const accounts = this.#accounts.of(around.namespace);
    let known = remembered.images;
    const isSame = known !== undefined && known.marks === marks && known.classes === classes &&
      known.accounts === accounts && sameItems(known.asked, asked);
    if (known === undefined || !isSame) {
      const withheld: Withheld[] = [];
      const images = asked.flatMap((each) => this.#imagesOf(each, { marks, accounts }, withheld));
      remembered.images = known = { asked, marks, classes, accounts, images, withheld };
    }
    for (const each of known.images) this.#push(each);
    for (const each of known.withheld) this.#withheld.add(each);
  }

  /** Takes in which images of templates pods do not ask for. */
  contradict(references: Iterable<string>): void {
    for (const reference of references) this.#contradicted.add(reference);
  }

  /** Adds the faults of an object, but those of images that the rules leave out. */
  addFaults(
    object: Pick<ObservedWorkload, "kind" | "namespace" | "name" | "faults"> | undefined,
  ): void {
    if (object === undefined) return;
    const { kind, namespace, name } = object;
    for (const fault of object.faults) {
      const { value } = fault;
      const isIgnored = ignoresImage(this.#rules, { written: value, reference: value });
      if (!isIgnored) this.#faults.push({ kind, namespace, name, ...fault });
    }
  }

  /** Ends a pass at a time of day, in ms since the epoch. */
  end(wallMs: number): WantedSet {
    const images = new Map<string, WantedImage>();
    for (const [reference, asked] of this.#inOrder()) {
      const entry = asked.entry(this.#pass);
      if (entry === undefined) this.#asked.delete(reference);
      else images.set(reference, entry.image(wallMs));
    }
    const withheld = this.#withheld.end();
    const contradicted = this.#contradicted;
    // Who takes back what was allowed wants it to end now.
    for (const reference of withheld.keys()) contradicted.add(reference);
    for (const reference of contradicted) if (images.has(reference)) contradicted.delete(reference);
    return { images, faults: this.#faults.sort(byObject), contradicted, withheld };
  }

  /** Sorted anew only where there are other images than in the pass before. */
  #inOrder(): ReadonlyMap<string, AskedOfImage> {
    if (!this.#isSorted) {
      const sorted = inKeyOrder(this.#asked);
      this.#asked.clear();
      for (const [reference, asked] of sorted) this.#asked.set(reference, asked);
      this.#isSorted = true;
    }
    return this.#asked;
  }

  #imagesOf(
    asked: Asked,
    { marks, accounts }: Pick<AskedIn, "marks"> & { readonly accounts: SpaceAccounts | undefined },
    withheld: Withheld[],
  ): AskedOf[] {
    const { reason, shape, named, neededBy, runs } = asked;
    const { namespace } = reason;
    const pullSecrets = namedSecrets(asked, accounts);
    const common = {
      placement: narrowedPlacement(this.#classes.placementOf(shape), marks.nodes ?? []),
      priority: asked.priority ??
        markedPriority(this.#classes.priorityOf(shape), marks.priority),
      pullSecrets,
      neededBy,
      runs,
      due: isDue(asked, marks, this.#rules.gateFor),
    };
    const { how, shownBy: _, ...plain } = reason;
    const isOfTemplate = (reference: string) =>
      named?.has(reference) === true && (how === "pods" || how === "guess");
    const { private: privateMark = this.#rules.privateWhereUnmarked } = marks;
    const images: AskedOf[] = [];
    for (const want of shape.wants) {
      if (ignoresImage(this.#rules, want)) continue;
      const { reference, refresh } = want;
      const mode = this.#modeOf(privateMark, reference);
      if (mode === undefined && pullSecrets.length > 0) {
        withheld.push({ reference, namespace });
        continue;
      }
      const own = { reason: isOfTemplate(reference) ? plain : reason, refresh, mode };
      images.push({ reference, asked: { ...common, ...own } });
    }
    return images;
  }

  #push({ reference, asked }: AskedOf): void {
    let ofImage = this.#asked.get(reference);
    if (ofImage === undefined) {
      ofImage = new AskedOfImage(reference);
      this.#asked.set(reference, ofImage);
      this.#isSorted = false;
    }
    ofImage.add(asked, this.#pass);
  }
}

/** What holds for the objects that ask. */
export interface AskedIn {
  readonly namespace: string;
  /** Of an object and its namespace together. */
  readonly marks: Marks;
}

/** Which images count, and which of them are due on new nodes. */
export interface GatheringRules extends SpaceRules {
  readonly listImages: readonly string[];
  readonly private?: PrivateRules | undefined;
  readonly privateWhereUnmarked?: PrivateMode | undefined;
  readonly gateFor?: GateFor | undefined;
}

/** Images of the setting `list-images` are wanted on every node; no pod asks for them. */
function listedImages({ listImages, gateFor }: GatheringRules): {
  readonly asked: readonly AskedOf[];
  readonly faults: readonly WantsFault[];
} {
  const reason: WantReason = { kind: "Setting", namespace: "", name: "list-images" };
  const [asked, faults]: [AskedOf[], WantsFault[]] = [[], []];
  const due = gateFor?.type === "all" ? true : undefined;
  for (const value of listImages) {
    const parsed = parseImageReference(value);
    if ("fault" in parsed) {
      faults.push({ ...reason, field: "list-images", value, why: parsed.fault });
    } else {
      const reference = parsed.reference.canonical;
      asked.push({
        reference,
        asked: { reason, placement: ANYWHERE, priority: 0, pullSecrets: [], due },
      });
    }
  }
  return { asked, faults };
}

function byObject(left: WantsFault, right: WantsFault): number {
  const keys = ["kind", "namespace", "name", "field", "value"] as const;
  for (const key of keys) {
    if (left[key] !== right[key]) return left[key] < right[key] ? -1 : 1;
  }
  return 0;
}
