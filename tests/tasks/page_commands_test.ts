// Commands that pages show and no test carries out: what they name must exist.
import { assertEquals } from "@std/assert";
import { parse } from "yaml";
import { readAgentSettings } from "../../mod/pure/settings/agent_settings.ts";
import { readControllerSettings } from "../../mod/pure/settings/controller_settings.ts";
import { readGuide } from "../harness/documents/guide.ts";
import { GUIDE } from "../harness/documents/guide_sections.ts";
import { PAGES, readPage } from "../harness/documents/pages.ts";
import { REPOSITORY } from "../harness/programs.ts";
import { readTaskCommand } from "./task_arguments.ts";

const TASKS = Object.keys(JSON.parse(await Deno.readTextFile(`${REPOSITORY}deno.json`)).tasks);
/** How CI runs Deno, and so everybody: "npx -y deno@VERSION". */
const DENO = /npx -y deno@[\d.]+/.exec(await Deno.readTextFile(`${REPOSITORY}.ci/run`))?.[0] ?? "";

Deno.test("commands that no test carries out name what exists", async () => {
  const faults: string[] = [];
  for (const page of PAGES) {
    const told = await readPage(page);
    for (const { heading, type, text } of readGuide(told)) {
      const isCarriedOut = Object.values(GUIDE).some((section) =>
        section.page === page && section.heading === heading
      );
      if (type !== "sh" || isCarriedOut) continue;
      for (const line of commandsIn(text)) {
        const fault = await faultOf(line, told);
        if (fault !== undefined) faults.push(`${page}, "${line}": ${fault}`);
      }
    }
  }
  assertEquals(faults, []);
});

Deno.test("tasks that pages name in passing exist, and all use the Deno of CI", async () => {
  const faults: string[] = [];
  for (const page of PAGES) {
    for (const [, deno = "", task = ""] of (await readPage(page)).matchAll(NAMED_TASK)) {
      if (deno !== DENO || !TASKS.includes(task)) faults.push(`${page}: ${deno} task ${task}`);
    }
  }
  assertEquals(faults, []);
});

Deno.test("a command that names nothing is refused", async () => {
  for (
    const line of [
      ...[`${DENO} task nothing`, "npx -y deno@1.0.0 task ok", `${DENO} task cluster start`],
      ...[`${DENO} run -A tests/gone.ts`, "warm-images-agent --no-such-flag", "rm -rf x"],
      ...["warm-images-controller plan --kinds Nothing", "bash .ci/gone"],
      "helm install web ./chart",
      "helm upgrade wi oci://ghcr.io/kubernetes-warm-images/charts/warm-images --set no.such=1",
      "helm upgrade wi oci://ghcr.io/kubernetes-warm-images/charts/warm-images --set $unsaid",
      "kubectl annotate namespace shop warm-images/private=closed",
      "kubectl --namespace warm-images create secret docker-registry unnamed",
      "helm template web ./chart | warm-images-controller plan --no-such-flag",
      'cosign verify "ghcr.io/kubernetes-warm-images/other:$VERSION"',
    ]
  ) assertEquals(typeof await faultOf(line), "string", line);
});

const NOT_KNOWN = "no test carries it out, nor knows how to check it";

const NAMED_TASK = /(npx -y deno@[\d.]+)\s+task\s+([\w:]+)/g;

/** What the release workflow pushes; tests/house/workflows_test.ts holds what verifies it. */
const PUBLISHED =
  /"ghcr\.io\/kubernetes-warm-images\/(controller|agent|charts\/warm-images):\$VERSION"/;

const OUR_CHART = "oci://ghcr.io/kubernetes-warm-images/charts/warm-images";

/** A Secret for a value of ours, in the namespace of the agents. */
const LOGIN_SECRET = /^kubectl --namespace warm-images create secret docker-registry (\S+)/;

/** What a namespace may be given; others of our marks are carried out. */
const PRIVATE_MARK = /^warm-images\/private=(off|bytes|open)$/;

/** Each command on one line, without comments. */
function commandsIn(block: string): string[] {
  const lines = block.replaceAll("\\\n", " ").split("\n");
  return lines.map((line) => line.replace(/(^|\s)#.*$/, "").trim()).filter((line) => line !== "");
}

/** `told` is the page that shows it. */
async function faultOf(line: string, told = ""): Promise<string | undefined> {
  const [, command = ""] = /^(?:[A-Z_]+=\S+ )*([^|]*)/.exec(line) ?? [];
  if (command.startsWith(`${DENO} `)) return await faultOfDeno(command.slice(DENO.length).trim());
  const [program = "", ...args] = wordsOf(command);
  switch (program) {
    case "bash":
      return await missingFile(args);
    case "warm-images-agent":
      return faultsOf(readAgentSettings(args, variables(line)));
    case "warm-images-controller":
      return faultsOf(readControllerSettings(args, variables(line)));
    case "helm": {
      // A chart of the reader's own; what reads it is a program of ours.
      const [, reader] = line.split("|");
      if (args[0] === "template" && reader) return await faultOf(reader.trim());
      return args.some((arg) => arg === OUR_CHART) ? await missingValue(args, told) : NOT_KNOWN;
    }
    case "kubectl": {
      // In a pod of ours, a program of ours.
      const [, inPod] = command.split(" -- ");
      if (inPod) return await faultOf(inPod);
      const [, secret] = LOGIN_SECRET.exec(command) ?? [];
      if (secret) return told.includes(`Secret=${secret}\``) ? undefined : "no value names it";
      return args[0] === "annotate" && PRIVATE_MARK.test(args.at(-1) ?? "") ? undefined : NOT_KNOWN;
    }
    case "cosign":
    case "docker":
      return PUBLISHED.test(command) ? undefined : "it names nothing that a release publishes";
    default:
      return NOT_KNOWN;
  }
}

async function faultOfDeno(command: string): Promise<string | undefined> {
  const [verb, task = "", ...args] = wordsOf(command);
  if (verb === "run") return await missingFile(args.filter((arg) => arg.endsWith(".ts")));
  if (verb !== "task" || !TASKS.includes(task)) return "there is no such task";
  return task === "cluster" ? faultOfCluster(args) : undefined;
}

function faultOfCluster(args: readonly string[]): string | undefined {
  try {
    readTaskCommand(args);
    return undefined;
  } catch (error) {
    return String(error);
  }
}

async function missingFile(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    if (await Deno.stat(REPOSITORY + path).catch(() => undefined) === undefined) {
      return `there is no ${path}`;
    }
  }
  return paths.length === 0 ? "it names no file" : undefined;
}

/** Values that a command sets, by variables of its page too, must be among those of the chart. */
async function missingValue(args: readonly string[], told: string): Promise<string | undefined> {
  const values = parse(await Deno.readTextFile(`${REPOSITORY}chart/values.yaml`));
  const set = args.filter((_, at) => args[at - 1] === "--set").flatMap((text) =>
    text.startsWith("$") ? valuesOf(text.slice(1), told) : [text]
  );
  for (const [path = ""] of set.map((text) => text.split("="))) {
    const value = path.split(".").reduce(
      (within, key) => isOpen(within) ? "" : within?.[key],
      values,
    );
    if (value === undefined) return `the chart has no value ${path}`;
  }
  return set.length === 0 ? "it sets no value" : undefined;
}

/** What a page says in passing that a variable may hold. */
function valuesOf(variable: string, told: string): string[] {
  return [...told.matchAll(/`(\w+)=(\S+)`/g)].filter(([, name]) => name === variable)
    .map(([, , value = ""]) => value);
}

/** An empty object of the chart's values takes any keys. */
function isOpen(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

function faultsOf(outcome: { readonly type: string; readonly faults?: readonly string[] }) {
  return outcome.type === "settings" ? undefined : outcome.faults?.join("; ") ?? outcome.type;
}

/** Variables that stand before a command. */
function variables(line: string): Record<string, string> {
  return Object.fromEntries([...line.matchAll(/\b([A-Z_]+)=(\S+)/g)].map(([, k, v]) => [k, v]));
}

function wordsOf(command: string): string[] {
  return command.trim().replaceAll(/"\$\(hostname\)"/g, "node").split(/\s+/);
}
