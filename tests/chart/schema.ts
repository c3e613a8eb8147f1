import { parse } from "yaml";
import { CHART } from "./chart.ts";

/** As much of JSON Schema as the chart's schema uses. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly definitions?: Readonly<Record<string, Schema>>;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
  readonly minLength?: number;
}

/** Keys that the schema knows and values.yaml cannot show: other ways to write some of its keys. */
export const DOTTED: readonly string[] = [
  "list.spaces",
  "list.images",
  "ignore.spaces",
  "ignore.images",
  "nats.url",
  "nats.username",
  "nats.password",
];

/** Values as they come, by path: objects of any keys, such as labels, are one value. */
export function leaves(values: unknown, schema: Schema, path: readonly string[] = []): Leaves {
  const shape = schema.properties;
  if (shape === undefined || typeof values !== "object" || values === null) {
    return new Map([[path.join(" "), values]]);
  }
  return new Map(
    Object.entries(values).flatMap(([key, value]) => [
      ...leaves(value, resolve(shape[key] ?? {}), [...path, key]),
    ]),
  );
}

/** A path, its keys parted by spaces as they may hold dots, and the value there. */
export type Leaves = ReadonlyMap<string, unknown>;

/** Every path of the schema down to where any keys are allowed, and those on the way. */
export function schemaPaths(schema: Schema, path: readonly string[] = []): string[] {
  const below = Object.entries(schema.properties ?? {}).flatMap(([key, each]) =>
    schemaPaths(resolve(each), [...path, key])
  );
  return path.length === 0 ? below : [path.join(" "), ...below];
}

/** Objects that list their keys but let others pass. */
export function openObjects(schema: Schema, path = "values"): string[] {
  const below = [
    ...Object.entries(schema.properties ?? {}),
    ...Object.entries(schema.definitions ?? {}),
    ...Object.entries({ items: schema.items }),
  ].flatMap(([key, each]) => each === undefined ? [] : openObjects(each, `${path}.${key}`));
  const open = schema.properties !== undefined && schema.additionalProperties !== false;
  return open ? [path, ...below] : below;
}

/** Follows a reference into the schema's definitions. */
export function resolve(schema: Schema): Schema {
  if (schema.$ref === undefined) return schema;
  const name = schema.$ref.replace("#/definitions/", "");
  const found = SCHEMA.definitions?.[name];
  if (found === undefined) {
    throw new Error(`The schema refers to "${schema.$ref}", which is missing`);
  }
  return found;
}

/** The chart's schema. */
export const SCHEMA: Schema = JSON.parse(Deno.readTextFileSync(`${CHART}/values.schema.json`));

/** The chart's values as a text. */
export const VALUES_TEXT: string = Deno.readTextFileSync(`${CHART}/values.yaml`);

/** The chart's values. */
export const VALUES: unknown = parse(VALUES_TEXT);
