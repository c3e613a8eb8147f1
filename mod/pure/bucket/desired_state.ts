import type { ObservedNode } from "../objects/observed.ts";
import { cutText, LIMITS } from "./limits.ts";
import { META_KEY, nodeKey, whyKey } from "./state_keys.ts";
import { wantedEntries } from "./wanted_parts.ts";
import type { PullSecret } from "../private_images/private_use.ts";
import type { WantsFault } from "../wants/asked.ts";
import type { WantedImage } from "../wants/wanted_entry.ts";
import type { WantedSet } from "../wants/wanted_set.ts";
import type { WithheldImage } from "../wants/withheld.ts";
import type { MetaValue, NodeGateValue, NodeValue, WantedValue, WhyValue } from "./wire.ts";
import { withoutUnset } from "../without_unset.ts";

/** Reasons that `why.<image>` names; its count is of all. */
const MAX_REASONS = 20;

/** What `desiredState()` is made from. */
export interface DesiredInput {
  readonly set: Pick<WantedSet, "images"> & Partial<Pick<WantedSet, "withheld">>;
  readonly nodes: Iterable<ObservedNode>;
  readonly meta: MetaValue;
  /** Gates that are shut, by name of the node; one that did not change is the same object again. */
  readonly gates?: { get(node: string): NodeGateValue | undefined } | undefined;
  /** Bytes of images that some node has reported, by canonical reference. */
  readonly sizes: { get(reference: string): number | undefined };
  /** Most bytes of a value that can be split; else what NATS takes by default. */
  readonly partBytes?: number;
}

/** What the bucket should hold. */
export interface DesiredState {
  /** By key; `Retention` decides about what is there beyond. */
  readonly values: ReadonlyMap<string, string>;
  /** What had to be left out, as no reader would take it. */
  readonly faults: readonly WantsFault[];
}

/**
 * Keys and values that the bucket should hold. `made` holds what was made before: of a node or an
 * image that is the very same object again nothing is made anew.
 */
export function desiredState(
  input: DesiredInput,
  made: MadeEntries = new MadeEntries(),
): DesiredState {
  const { set, nodes, meta, gates, sizes, partBytes } = input;
  const values = new Map<string, string>([[META_KEY, JSON.stringify(meta)]]);
  const faults: WantsFault[] = [];
  const take = (entries: Entries) => {
    for (const [key, text] of entries.values) values.set(key, text);
    if (entries.faults.length > 0) faults.push(...entries.faults);
  };
  for (const node of nodes) {
    const gate = gates?.get(node.name);
    take(made.of(node, gate, () => nodeEntries(node, gate)));
  }
  const { withheld } = set;
  for (const [reference, image] of set.images) {
    const sizeBytes = sizes.get(reference);
    const off = withheld?.get(reference);
    const given = `${sizeBytes} ${partBytes} ${off?.namespaces.join() ?? ""}`;
    take(made.of(image, given, () => imageEntries(image, { sizeBytes, partBytes, withheld: off })));
  }
  for (const [reference, image] of withheld ?? []) {
    if (!set.images.has(reference)) take(made.of(image, undefined, () => withheldEntries(image)));
  }
  return { values, faults };
}

/** The values of one node or image, and what had to be left out of them. */
interface Entries {
  readonly values: readonly (readonly [key: string, text: string])[];
  readonly faults: readonly WantsFault[];
}

/** Values that were made in earlier passes. */
export class MadeEntries {
  readonly #made = new WeakMap<object, { readonly given: unknown; readonly entries: Entries }>();

  /** Those of an object, with what else they follow from: the very same object, or an equal text. */
  of(object: object, given: object | string | undefined, make: () => Entries): Entries {
    const known = this.#made.get(object);
    if (known !== undefined && known.given === given) return known.entries;
    const entries = make();
    this.#made.set(object, { given, entries });
    return entries;
  }
}

function nodeEntries(node: ObservedNode, gate: NodeGateValue | undefined): Entries {
  const about = { kind: "Node", namespace: "", name: node.name, field: "metadata", value: "" };
  if (isName(node.name)) return entryOf(nodeKey(node.name), nodeValue(node, gate), about);
  return { values: [], faults: [{ ...shown(about), field: "metadata.name", why: NO_NAME }] };
}

function imageEntries(
  image: WantedImage,
  { sizeBytes, partBytes, withheld }: {
    readonly sizeBytes: number | undefined;
    readonly partBytes: number | undefined;
    readonly withheld: WithheldImage | undefined;
  },
): Entries {
  const { reference } = image;
  const about = shown({ ...reasonOf(image), field: "spec", value: reference });
  const secrets = image.pullSecrets.filter(isNamed);
  const wanted = wantedEntries(wantedValue(image, secrets, sizeBytes), partBytes);
  const why = entryOf(whyKey(reference), whyValue(image, withheld), about);
  const faults: WantsFault[] = [];
  if (secrets.length < image.pullSecrets.length) {
    faults.push({ ...about, field: "imagePullSecrets", why: NO_NAME });
  }
  if (wanted.omitted > 0) faults.push({ ...about, why: unplaced(wanted.omitted) });
  if (wanted.omittedPrivate > 0) {
    faults.push({ ...about, field: "imagePullSecrets", why: unused(wanted.omittedPrivate) });
  }
  return { values: [...wanted.values, ...why.values], faults: [...faults, ...why.faults] };
}

/** Nobody gets it, and `why` tells by what rule. */
function withheldEntries({ reference, namespaces }: WithheldImage): Entries {
  const value: WhyValue = { v: 1, count: 0, reasons: [], withheld: withheldValue(namespaces) };
  return { values: [[whyKey(reference), JSON.stringify(value)]], faults: [] };
}

function entryOf(key: string, value: object, about: Omit<WantsFault, "why">): Entries {
  const text = JSON.stringify(value);
  if (text.length <= LIMITS.valueChars) return { values: [[key, text]], faults: [] };
  const why = `it makes a value of ${text.length} characters`;
  return { values: [], faults: [{ ...about, why }] };
}

function unplaced(count: number): string {
  return `${count} of the ways in which its pods select nodes fit into no value: it is missing on ` +
    "nodes that they alone allow";
}

function unused(count: number): string {
  return `${count} of its pull secrets, and of the ways in which pods with these select nodes, fit ` +
    "into no value: it is had by the others alone";
}

/** What must be written and deleted so that the bucket holds what is desired. */
export interface StateDiff {
  readonly puts: ReadonlyMap<string, string>;
  /** Keys that the bucket holds and nothing desires. */
  readonly unwantedKeys: readonly string[];
}

/** Compares what is desired with what the bucket holds. */
export function diffState(
  desired: ReadonlyMap<string, string>,
  held: ReadonlyMap<string, string>,
): StateDiff {
  const puts = new Map<string, string>();
  for (const [key, value] of desired) {
    if (held.get(key) !== value) puts.set(key, value);
  }
  return { puts, unwantedKeys: [...held.keys()].filter((key) => !desired.has(key)) };
}

/** JSON leaves out what is undefined. */
function nodeValue(node: ObservedNode, gate: NodeGateValue | undefined): NodeValue {
  const { createdMs: _, taintsMs: __, warmCondition: ___, ...facts } = node;
  return withoutUnset({ v: 1, ...facts, gate });
}

function wantedValue(
  { reference, priority, neededBy, placements, refresh, private: uses }: WantedImage,
  pullSecrets: WantedValue["pullSecrets"],
  sizeBytes: number | undefined,
): WantedValue {
  return withoutUnset({
    v: 1,
    reference,
    priority,
    placements,
    pullSecrets,
    private: uses?.map((use) => ({ ...use, secrets: use.secrets.filter(isNamed) })),
    neededBy,
    sizeBytes,
    refresh,
  });
}

function whyValue({ reasons }: WantedImage, withheld: WithheldImage | undefined): WhyValue {
  return withoutUnset({
    v: 1,
    count: reasons.length,
    reasons: reasons.slice(0, MAX_REASONS).map(shown),
    withheld: withheld && withheldValue(withheld.namespaces),
  });
}

function withheldValue(namespaces: readonly string[]): NonNullable<WhyValue["withheld"]> {
  const named = namespaces.slice(0, MAX_REASONS).map((name) => cutText(name, LIMITS.nameChars));
  return { count: namespaces.length, namespaces: named };
}

const NO_NAME = `a name has 1 to ${LIMITS.nameChars} characters`;

const isName = (name: string): boolean => name.length > 0 && name.length <= LIMITS.nameChars;

const isNamed = ({ namespace, name }: PullSecret): boolean => isName(namespace) && isName(name);

/** One of the objects that want the image. */
function reasonOf({ reasons }: WantedImage): WantsFaultObject {
  return reasons[0] ?? { kind: "", namespace: "", name: "" };
}

type WantsFaultObject = Pick<WantsFault, "kind" | "namespace" | "name">;

/** Manifests may hold names that no API server takes: these are cut. */
function shown<T extends WantsFaultObject>(object: T): T {
  const { namespace, name } = object;
  const cut = (text: string) => cutText(text, LIMITS.nameChars);
  return { ...object, namespace: cut(namespace), name: cut(name) };
}
