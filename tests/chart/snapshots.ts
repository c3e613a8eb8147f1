import { REPOSITORY } from "../harness/programs.ts";
import { renderText } from "./chart.ts";

/** Renders that are kept word for word, by the file of values that each is made of. */
export const SNAPSHOTS: readonly string[] = ["defaults", "everything", "node_users"];

/** Where a kept render is; no YAML to the formatter, as it is Helm's. */
export function snapshotPath(values: string): string {
  return `${REPOSITORY}tests/chart/snapshots/${values}.txt`;
}

/** What is kept of a render: all of it, with Secrets readable, but for files of JSON that it holds. */
export async function snapshotOf(values: string): Promise<string> {
  const text = await renderText({ values });
  return text.split("\n---\n").map((document) =>
    document.includes("\nkind: Secret\n") ? readable(document) : document
  ).join("\n---\n").replace(/^( {2}[\w-]+\.json:) \|\n( {4}.*\n)+/gm, "$1 …\n");
}

function readable(secret: string): string {
  return secret.replace(/^ {2}([\w.]+): "([A-Za-z0-9+/=]+)"$/gm, (_, key: string, data: string) => {
    const text = atob(data).trimEnd();
    return [`  ${key}:`, ...text.split("\n")].join("\n    ");
  });
}
