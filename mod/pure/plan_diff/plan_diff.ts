import { compareTexts } from "../compare_texts.ts";
import type { Placement } from "../objects/observed.ts";
import { mayRun, type NodeFacts } from "../placement/eligibility.ts";
import type { ObjectName } from "../wants/object_map.ts";
import { nodesInWords } from "../wants/plan.ts";
import { reasonText } from "../wants/reason_text.ts";
import type { WantedSet } from "../wants/wanted_set.ts";
import { withoutUnset } from "../without_unset.ts";
import type { HeldState } from "./held_state.ts";
import type { ImageChange } from "./image_change.ts";
import { fatesOf, type Unread } from "./image_fates.ts";
import { NamedObjects } from "./named_objects.ts";
import { type NodeChange, nodeChanges } from "./node_changes.ts";

/** What would change in the bucket; the JSON of `controller plan --diff`. */
export interface PlanDiff {
  readonly v: 1;
  /** `objects`: only what the given objects want, and did, is compared, as they are not all. */
  readonly compared: "all" | "objects";
  /** By image. */
  readonly images: readonly ImageChange[];
  /** Nodes on which anything changes, by name; none where no node is known. */
  readonly nodes: readonly NodeChange[];
  /** Images that come, and whose size nobody has told. */
  readonly unknownSizes: readonly string[];
  /** Planned images that stay where they are. */
  readonly unchanged: number;
  /** Whether the bucket names any of the given objects; absent where all are compared. */
  readonly anyKnown?: boolean;
  /** How many nodes the plan is for; 0: none are known, and they are told in words. */
  readonly nodeCount: number;
}

/** What is compared. */
export interface DiffOf {
  readonly set: Pick<WantedSet, "images">;
  /** Names of all objects that were read, where these are not all there are; else undefined. */
  readonly objects: Iterable<ObjectName> | undefined;
  /** Those that the plan is for; none: none are known. */
  readonly nodes: readonly NodeFacts[];
  readonly held: HeldState;
  /** Names of kinds of which objects may exist that could not be read. */
  readonly unread?: Unread | undefined;
  /** Bytes of images that the bucket does not tell, by canonical reference. */
  readonly sizes: ReadonlyMap<string, number>;
}

/** Compares what would be wanted with what is. */
export function planDiff(of: DiffOf): PlanDiff {
  const { set, held, nodes, sizes, unread } = of;
  const objects = of.objects && new NamedObjects(of.objects);
  const sizeOf = (image: string) => held.wanted.image(image)?.sizeBytes ?? sizes.get(image);
  const where = whereOf(nodes, held.nodes);
  const changes: ImageChange[] = [];
  const add = (change: Omit<ImageChange, "sizeBytes">) =>
    changes.push(withoutUnset({ ...change, sizeBytes: sizeOf(change.image) }));
  const { dropped, rewritten } = fatesOf({ set, held, objects, unread });

  for (const [image, { placements, reasons }] of set.images) {
    const before = held.wanted.image(image) && held.wanted.placementsOf(image);
    const why = reasons.map(reasonText);
    if (rewritten.has(image)) {
      const instead = `its pods ask for ${rewritten.get(image)} instead`;
      add({ change: "stays", image, why: [...why, instead], on: [], off: [] });
      continue;
    }
    const isWanted = before !== undefined && held.why.get(image)?.unwantedSince === undefined;
    if (!isWanted) {
      const isThere = before !== undefined ? true as const : undefined;
      add(
        withoutUnset({ change: "comes", image, why, on: where.new(placements), off: [], isThere }),
      );
      continue;
    }
    const isAllKnown = objects === undefined || objects.isAllOf(held.why.get(image));
    const { on, off } = where.moved(before, placements, isAllKnown);
    if (on.length + off.length > 0) add({ change: "moves", image, why, on, off });
  }
  for (const { image, kept, why } of dropped) {
    const placements = held.wanted.placementsOf(image);
    if (kept) add({ change: "stays", image, why, on: [], off: [] });
    else add({ change: "goes", image, why, on: [], off: where.old(placements) });
  }
  changes.sort((left, right) => compareTexts(left.image, right.image));
  const planned = changes.filter(({ image }) => set.images.has(image)).length;
  return withoutUnset({
    v: 1,
    compared: objects === undefined ? "all" : "objects",
    images: changes,
    nodes: nodeChanges(changes),
    unknownSizes: changes.filter(({ change, sizeBytes, isThere }) =>
      (change === "comes" || change === "moves") && sizeBytes === undefined && !isThere
    ).map(({ image }) => image),
    unchanged: set.images.size - planned,
    anyKnown: objects?.isAnyIn(held.why.values()),
    nodeCount: nodes.length,
  });
}

/** Judges placements by the nodes that the plan is for; a node that the bucket lacks has nothing. */
function whereOf(nodes: readonly NodeFacts[], known: ReadonlySet<string>) {
  const sorted = nodes.toSorted((left, right) => compareTexts(left.name, right.name));
  const isAllKnown = nodes.every(({ name }) => known.has(name));
  const judged = new Map<string, readonly string[]>();
  // Most placements are alike: with 10,000 images on 5,000 nodes they are judged once.
  const namesOf = (placements: readonly Placement[]) => {
    const text = JSON.stringify(placements);
    const names = judged.get(text) ??
      sorted.filter((node) => placements.some((each) => mayRun(each, node))).map(({ name }) =>
        name
      );
    judged.set(text, names);
    return names;
  };
  const heldOn = (placements: readonly Placement[]) =>
    isAllKnown ? namesOf(placements) : namesOf(placements).filter((name) => known.has(name));
  const inWords = nodes.length === 0;
  return {
    new: (placements: readonly Placement[]) =>
      inWords ? nodesInWords(placements) : namesOf(placements),
    old: (placements: readonly Placement[]) =>
      inWords ? nodesInWords(placements) : heldOn(placements),
    /** What others want stays where it is: with `isAll` there are no others. */
    moved: (before: readonly Placement[], after: readonly Placement[], isAll: boolean) => {
      const [had, has] = [heldOn(before), namesOf(after)];
      if (had === has) return { on: [], off: [] };
      const [hadSet, hasSet] = [new Set(had), new Set(has)];
      const off = isAll ? had.filter((name) => !hasSet.has(name)) : [];
      return { on: has.filter((name) => !hadSet.has(name)), off };
    },
  };
}
