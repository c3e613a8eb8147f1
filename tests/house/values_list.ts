import { parse } from "yaml";
import { REPOSITORY } from "../harness/programs.ts";

/** The list of the chart's values, made of chart/values.yaml with its comments and of the schema. */
export function valuesList(): string {
  const schema: Schema = JSON.parse(Deno.readTextFileSync(`${REPOSITORY}chart/values.schema.json`));
  return valuesListOf(Deno.readTextFileSync(`${REPOSITORY}chart/values.yaml`), schema);
}

/** As much of JSON Schema as tells what a value may be. */
export interface Schema {
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly definitions?: Readonly<Record<string, Schema>>;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
}

/** A longer default is looked up in values.yaml: here it would fill lines. */
const MAX_DEFAULT_CHARS = 60;

/**
 * An item for each key with a comment that begins with `# --`: those at the top first, then a part
 * for each that holds others.
 */
export function valuesListOf(yaml: string, schema: Schema): string {
  const values: unknown = parse(yaml);
  const comments = commentsOf(yaml);
  const isPart = (path: string) => comments.some((other) => other.path.startsWith(`${path}.`));
  const item = ({ path, comment }: Documented) => {
    const notes = isPart(path) ? [] : [defaultOf(values, path), rangeOf(schemaAt(schema, path))];
    const note = notes.filter((each) => each !== "").join("; ");
    return `- \`${path}\`${note && ` (${note})`}: ${comment}\n`;
  };
  const top = comments.filter(({ path }) => !path.includes("."));
  const parts = top.filter(({ path }) => isPart(path)).map(({ path, comment }) => {
    const below = comments.filter((other) => other.path.startsWith(`${path}.`));
    return `**\`${path}\`**: ${comment}\n\n${below.map(item).join("")}`;
  });
  const single = top.filter(({ path }) => !isPart(path)).map(item).join("");
  return [single, ...parts].filter((part) => part !== "").join("\n");
}

/** A key of values.yaml and what its comment says. */
interface Documented {
  readonly path: string;
  readonly comment: string;
}

function commentsOf(yaml: string): Documented[] {
  const found: Documented[] = [];
  const above: string[] = [];
  let comment: string[] | undefined;
  for (const line of yaml.split("\n")) {
    const text = /^ *# ?(.*)$/.exec(line)?.[1];
    if (text !== undefined) {
      if (text.startsWith("-- ")) comment = [text.slice(3)];
      else comment?.push(text);
      continue;
    }
    const [, indent = "", key] = /^( *)(\w+):/.exec(line) ?? [];
    if (key !== undefined && comment !== undefined) {
      above.splice(indent.length / 2, Infinity, key);
      found.push({ path: above.join("."), comment: comment.join(" ") });
    }
    comment = undefined;
  }
  return found;
}

function defaultOf(values: unknown, path: string): string {
  const value = path.split(".").reduce<unknown>(
    (below, key) => (below as Readonly<Record<string, unknown>>)[key],
    values,
  );
  const text = typeof value === "string" && value !== "" ? value : JSON.stringify(value);
  return text.length > MAX_DEFAULT_CHARS ? "see values.yaml" : `\`${text}\``;
}

function rangeOf({ enum: words, minimum, maximum }: Schema): string {
  if (words !== undefined) return `one of ${words.map((word) => `\`${word}\``).join(", ")}`;
  if (minimum === undefined) return "";
  return maximum === undefined ? `${minimum} or more` : `${minimum} to ${maximum}`;
}

function schemaAt(schema: Schema, path: string): Schema {
  return path.split(".").reduce<Schema>((below, key) => {
    const found = below.properties?.[key] ?? {};
    const name = found.$ref?.replace("#/definitions/", "");
    return name === undefined ? found : schema.definitions?.[name] ?? {};
  }, schema);
}
