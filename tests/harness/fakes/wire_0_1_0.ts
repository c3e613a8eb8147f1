import * as v from "valibot";
import { parseStateKey } from "../../../mod/pure/bucket/state_keys.ts";

/** Longest value that is read; NATS refuses more than 1 MiB by default. */
const MAX_VALUE_CHARS = 1024 * 1024;

const text = v.pipe(v.string(), v.maxLength(4096));
const texts = v.pipe(v.array(text), v.maxLength(1000), v.readonly());
const labels = v.record(text, text);
const toleration = v.object({
  key: v.exactOptional(text),
  operator: v.exactOptional(text),
  value: v.exactOptional(text),
  effect: v.exactOptional(text),
});
const requirements = v.pipe(
  v.array(v.object({ key: text, operator: text, values: v.exactOptional(texts) })),
  v.readonly(),
);
const placement = v.object({
  nodeSelector: v.exactOptional(labels),
  affinity: v.exactOptional(v.pipe(
    v.array(v.object({
      matchExpressions: v.exactOptional(requirements),
      matchFields: v.exactOptional(requirements),
    })),
    v.readonly(),
  )),
  tolerations: v.exactOptional(v.pipe(v.array(toleration), v.readonly())),
  os: v.exactOptional(text),
});

const metaSchema = v.object({
  v: v.literal(1),
  source: v.picklist(["kubernetes", "manifests"]),
  writer: text,
  since: text,
});

const wantedSchema = v.object({
  v: v.literal(1),
  reference: text,
  priority: v.number(),
  neededBy: v.exactOptional(text),
  placements: v.pipe(v.array(placement), v.readonly()),
  pullSecrets: v.pipe(v.array(v.object({ namespace: text, name: text })), v.readonly()),
  sizeBytes: v.exactOptional(v.number()),
});

const whySchema = v.object({
  v: v.literal(1),
  count: v.number(),
  reasons: v.pipe(v.array(v.object({ kind: text, namespace: text, name: text })), v.readonly()),
});

const nodeSchema = v.object({
  v: v.literal(1),
  name: text,
  uid: text,
  labels,
  taints: v.pipe(
    v.array(v.object({ key: text, value: v.exactOptional(text), effect: text })),
    v.readonly(),
  ),
  architecture: text,
  os: text,
  unschedulable: v.boolean(),
  skip: v.boolean(),
});

const imageReportSchema = v.object({
  state: v.picklist(["warm", "pulling", "waiting", "failed", "skipped"]),
  reason: v.exactOptional(text),
  since: text,
  bytes: v.exactOptional(v.number()),
  pullSeconds: v.exactOptional(v.number()),
});

const reportSchema = v.object({
  v: v.literal(1),
  node: text,
  agent: text,
  runtime: v.exactOptional(v.object({ client: text, server: text })),
  disk: v.exactOptional(v.object({ usedPercent: v.number(), freeBytes: v.number() })),
  at: text,
  images: v.record(text, imageReportSchema),
});

/** A value that could be read, or why it could not. */
export type Decoded<T> = { readonly value: T } | { readonly fault: string };

/**
 * Reads a value as version 0.1.0 did: its schemas, as they stood in `wire.ts` (commit 6f9d880).
 * Undefined for keys that it would not even follow.
 */
export function decode010(key: string, text: string): Decoded<unknown> | undefined {
  const type = parseStateKey(key)?.type ?? "";
  const schema = Object.hasOwn(SCHEMAS, type) ? SCHEMAS[type as keyof typeof SCHEMAS] : undefined;
  return schema && decode<unknown>(schema, text);
}

const SCHEMAS = {
  meta: metaSchema,
  wanted: wantedSchema,
  why: whySchema,
  node: nodeSchema,
  report: reportSchema,
};

function decode<T>(schema: v.GenericSchema<unknown, T>, json: string): Decoded<T> {
  if (json.length > MAX_VALUE_CHARS) return { fault: `${json.length} characters are too many` };
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch {
    return { fault: "not JSON" };
  }
  const result = v.safeParse(schema, parsed);
  if (result.success) return { value: result.output };
  const issue = result.issues[0];
  return { fault: `${v.getDotPath(issue) ?? "value"}: ${issue.message}` };
}
