import { assertEquals } from "@std/assert";
import { parse } from "yaml";
import { REPOSITORY } from "../harness/programs.ts";
import { CHART } from "./chart.ts";

const HOME = "https://github.com/kubernetes-warm-images/kubernetes-warm-images";
const RAW = HOME.replace("github.com", "raw.githubusercontent.com");

interface Metadata {
  readonly icon: string;
  readonly maintainers: readonly { readonly name: string; readonly url: string }[];
  readonly annotations: Readonly<Record<string, string>>;
}

const CHART_YAML: Metadata = parse(await Deno.readTextFile(`${CHART}/Chart.yaml`));

Deno.test("the chart's icon is a drawing of this repository", async () => {
  const path = CHART_YAML.icon.replace(`${RAW}/main/`, "");
  assertEquals((await Deno.readTextFile(REPOSITORY + path)).startsWith("<svg "), true);
});

Deno.test("the chart names its maintainers and licence, and links to pages that exist", async () => {
  const { maintainers, annotations } = CHART_YAML;
  assertEquals(maintainers.map(({ name }) => name), ["kubernetes-warm-images"]);
  const licence = await Deno.readTextFile(`${REPOSITORY}LICENSE`);
  assertEquals(licence.startsWith(`${annotations["artifacthub.io/license"]} License`), true);
  const links: { url: string }[] = parse(annotations["artifacthub.io/links"] ?? "");
  const pages = links.map(({ url }) => url.replace(`${HOME}/`, "").replace("blob/main/", ""));
  assertEquals(pages.length > 3, true);
  for (const page of pages) {
    if (page !== "issues") await Deno.stat(REPOSITORY + page);
  }
});

Deno.test("the chart says what changed since the version before, as Artifact Hub takes it", () => {
  const text = CHART_YAML.annotations["artifacthub.io/changes"] ?? "";
  const changes: { kind: string; description: string }[] = parse(text);
  assertEquals(changes.length > 0, true);
  for (const { kind, description } of changes) {
    assertEquals(
      ["added", "changed", "deprecated", "removed", "fixed", "security"].includes(kind),
      true,
    );
    assertEquals(description.length > 0, true);
  }
});
