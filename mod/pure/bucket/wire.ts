import * as v from "valibot";
import type { ObservedNode } from "../objects/observed.ts";
import { KEPT_MODES } from "../private_images/private_mode.ts";
import { decode, type Decoded, textRecord } from "./decode.ts";

const text = v.string();
const list = <const TItem extends v.GenericSchema>(item: TItem) =>
  v.pipe(v.array(item), v.readonly());
const toleration = v.object({
  key: v.exactOptional(text),
  operator: v.exactOptional(text),
  value: v.exactOptional(text),
  effect: v.exactOptional(text),
});
const requirements = list(
  v.object({ key: text, operator: text, values: v.exactOptional(list(text)) }),
);
const placement = v.object({
  nodeSelector: v.exactOptional(textRecord),
  affinity: v.exactOptional(list(v.object({
    matchExpressions: v.exactOptional(requirements),
    matchFields: v.exactOptional(requirements),
  }))),
  tolerations: v.exactOptional(list(toleration)),
  os: v.exactOptional(text),
  resources: v.exactOptional(list(text)),
});

const rules = v.object({
  listSpaces: list(text),
  ignoreSpaces: list(text),
  ignoreImages: list(text),
  onlyMarked: v.boolean(),
  keepRevisions: v.number(),
  cronLeadMs: v.exactOptional(v.number()),
  forgetAfterMs: v.number(),
  private: v.exactOptional(
    v.object({ modes: list(v.picklist(KEPT_MODES)), openRegistries: list(text) }),
  ),
});

const metaSchema = v.object({
  v: v.literal(1),
  source: v.picklist(["kubernetes", "manifests"]),
  writer: text,
  since: text,
  reads: v.exactOptional(list(text)),
  rules: v.exactOptional(rules),
});

const wantedSchema = v.object({
  v: v.literal(1),
  reference: text,
  priority: v.number(),
  neededBy: v.exactOptional(text),
  placements: list(placement),
  pullSecrets: list(v.object({ namespace: text, name: text })),
  private: v.exactOptional(list(v.object({
    mode: v.picklist(KEPT_MODES),
    placements: v.exactOptional(list(placement)),
    secrets: list(v.object({ namespace: text, name: text })),
  }))),
  sizeBytes: v.exactOptional(v.number()),
  refresh: v.exactOptional(v.literal(true)),
});

const whereSchema = v.object({ v: v.literal(1), reference: text, placements: list(placement) });

const whySchema = v.object({
  v: v.literal(1),
  count: v.number(),
  reasons: list(v.object({
    kind: text,
    namespace: text,
    name: text,
    how: v.exactOptional(v.picklist(["pods", "guess", "revision", "kept", "also"])),
    shownBy: v.exactOptional(text),
    revision: v.exactOptional(v.number()),
    of: v.exactOptional(v.object({ group: text, kind: text, name: text })),
    next: v.exactOptional(text),
  })),
  withheld: v.exactOptional(v.object({ count: v.number(), namespaces: list(text) })),
  unwantedSince: v.exactOptional(text),
});

const nodeSchema = v.object({
  v: v.literal(1),
  name: text,
  uid: text,
  labels: textRecord,
  taints: list(v.object({ key: text, value: v.exactOptional(text), effect: text })),
  architecture: text,
  os: text,
  unschedulable: v.boolean(),
  skip: v.boolean(),
  resources: v.exactOptional(list(text)),
  gate: v.exactOptional(v.object({
    due: list(text),
    share: v.exactOptional(v.number()),
    until: text,
  })),
});

/**
 * `meta`: where wants come from, who writes, since when (ISO time), and which types of keys beside
 * `report` the writer reads of agents. Version 0.1.0 has no `reads`: it reads reports alone, and
 * takes a silent one for a dead agent. `rules` are those by which it decides what counts; absent in
 * values of up to version 0.3.0, and where they are too long (`metaRules()`).
 */
export type MetaValue = v.InferOutput<typeof metaSchema>;
/**
 * The writer's settings of the same names; times in ms, no `cronLeadMs`: schedules always count.
 * `private` are `--private-modes` and `--open-registries`; absent in values of up to version 0.3.0.
 */
export type MetaRules = v.InferOutput<typeof rules>;
/**
 * `wanted.<image>`: what an agent needs to decide about one image. Where one value cannot take all
 * placements, there are further parts. Values of up to version 0.3.0 have no `private`.
 */
export type WantedValue = v.InferOutput<typeof wantedSchema>;
/** `wanted.=where.<n>.<image>`: further placements of an image. */
export type WhereValue = v.InferOutput<typeof whereSchema>;
/**
 * `why.<image>`: at most 20 reasons, the count of all, and since when nothing wants the image any
 * more (ISO time). `withheld`: in how many namespaces pods ask for it in vain, as it is private and
 * off there, and 20 of these; where nothing else wants it, there is no `wanted.<image>` beside this.
 * Agents do not follow it.
 */
export type WhyValue = v.InferOutput<typeof whySchema>;
/** `node.<node>`: facts of the Node object. Values of up to version 0.3.0 have no `gate`. */
export type NodeValue =
  & { readonly v: 1; readonly gate?: NodeGateValue }
  & Omit<ObservedNode, OfControllers>;
/**
 * The gate of a node that is kept from pods until it is warm: the images that it has to have
 * (canonical, in the order in which to pull them), how much of them is enough (absent: all), and
 * the ISO time at which it opens whatever is missing.
 */
export type NodeGateValue = NonNullable<v.InferOutput<typeof nodeSchema>["gate"]>;
/** What of a Node no agent needs. */
export type OfControllers = "createdMs" | "taintsMs" | "warmCondition";

/** Reads a `meta` value. */
export const decodeMeta = (text: string): Decoded<MetaValue> => decode(metaSchema, text);
/** Reads a `wanted.<image>` value. */
export const decodeWanted = (text: string): Decoded<WantedValue> => decode(wantedSchema, text);
/** Reads a `wanted.=where.<n>.<image>` value. */
export const decodeWhere = (text: string): Decoded<WhereValue> => decode(whereSchema, text);
/** Reads a `why.<image>` value. */
export const decodeWhy = (text: string): Decoded<WhyValue> => decode(whySchema, text);
/** Reads a `node.<node>` value. */
export const decodeNode = (text: string): Decoded<NodeValue> => decode(nodeSchema, text);
