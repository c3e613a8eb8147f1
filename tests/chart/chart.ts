import { parseAllDocuments } from "yaml";
import { type CommandResult, runCommand } from "../harness/commands.ts";
import { REPOSITORY } from "../harness/programs.ts";
import { obtainTool } from "../harness/tools/tools.ts";

/** Where the chart is. */
export const CHART: string = `${REPOSITORY}chart`;

/** An object of the chart, as Kubernetes gets it. */
export interface ChartObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly [field: string]: unknown;
}

/** How to render. */
export interface RenderOptions {
  /** Name of a file in `tests/chart/values`, without its ending. */
  readonly values?: string;
  /** What `--set` gets, each `key=value`. */
  readonly set?: readonly string[];
  /** What `--set-string` gets. */
  readonly setText?: readonly string[];
  /** Default `wi`. */
  readonly release?: string;
  /** Of the cluster; default 1.37.0. */
  readonly kubeVersion?: string;
}

/** Names of the files in `tests/chart/values`, without their ending. */
export function valueFiles(): string[] {
  const names = [...Deno.readDirSync(`${REPOSITORY}tests/chart/values`)].map(({ name }) => name);
  return names.map((name) => name.replace(/\.yaml$/, "")).sort();
}

/** Where such a file is. */
export function valueFile(name: string): string {
  return `${REPOSITORY}tests/chart/values/${name}.yaml`;
}

/** Runs Helm to its end. */
export async function helm(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<CommandResult> {
  return await runCommand(await obtainTool("helm"), args, { env });
}

/** Arguments of `helm template`, `install` and so on that say which values to take. */
export function valueArguments({ values, set = [], setText = [] }: RenderOptions): string[] {
  return [
    ...(values === undefined ? [] : ["--values", valueFile(values)]),
    ...set.flatMap((each) => ["--set", each]),
    ...setText.flatMap((each) => ["--set-string", each]),
  ];
}

/** What `helm template` prints. Throws an error with what it says against the values. */
export async function renderText(options: RenderOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await tryToRender(options);
  if (code !== 0) throw new Error(stderr);
  return stdout;
}

/** Runs `helm template`, which may refuse the values. */
export async function tryToRender(options: RenderOptions): Promise<CommandResult> {
  const { release = "wi", kubeVersion = "1.37.0" } = options;
  return await helm([
    ...["template", release, CHART, "--namespace", "warm-images"],
    // A Helm that is built from its module takes the cluster for an old one.
    ...["--kube-version", kubeVersion],
    ...valueArguments(options),
  ]);
}

/** The objects that the chart makes. */
export async function render(options: RenderOptions = {}): Promise<Rendered> {
  return new Rendered(readObjects(await renderText(options)));
}

/** Reads the objects of a text with several documents. */
export function readObjects(text: string): ChartObject[] {
  const documents = parseAllDocuments(text);
  if (!Array.isArray(documents)) return [];
  return documents.flatMap((document) => {
    if (document.errors.length > 0) throw document.errors[0];
    const value: unknown = document.toJS();
    return value === null ? [] : [value as ChartObject];
  });
}

/** Objects of one render. */
export class Rendered {
  constructor(readonly objects: readonly ChartObject[]) {}

  /** Kind and name of each, sorted. */
  names(): string[] {
    return this.objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`).sort();
  }

  /** The one object of this kind whose name ends so. Throws when there is none, or several. */
  only(kind: string, ending = ""): ChartObject {
    return this.#one([kind], ending);
  }

  /** The workload that is the chart's NATS, of whatever kind. */
  nats(): ChartObject {
    return this.#one(["Deployment", "StatefulSet"], "-nats");
  }

  /** Configuration of the chart's NATS, without the logins. */
  natsConfig(): string {
    const { "nats.conf": text } = at(this.only("ConfigMap", "-nats"), "data") as {
      readonly "nats.conf": string;
    };
    return text;
  }

  /** The workload that is a program. */
  program(component: "controller" | "agent"): ChartObject {
    return this.only(component === "agent" ? "DaemonSet" : "Deployment", `-${component}`);
  }

  /** Variables of a program; those that come from elsewhere as `<where>`. */
  env(component: "controller" | "agent"): Record<string, string> {
    const env = at(this.program(component), "spec.template.spec.containers.0.env") as EnvVariable[];
    return Object.fromEntries(env.map(({ name, value, valueFrom }) => [
      name,
      value ?? `<${JSON.stringify(valueFrom)}>`,
    ]));
  }

  #one(kinds: readonly string[], ending: string): ChartObject {
    const found = this.objects.filter(({ kind, metadata }) =>
      kinds.includes(kind) && metadata.name.endsWith(ending)
    );
    const [one] = found;
    if (one !== undefined && found.length === 1) return one;
    const what = `${kinds.join(" or ")} …${ending}`;
    throw new Error(`${found.length} objects "${what}" among ${this.names()}`);
  }
}

interface EnvVariable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: unknown;
}

/** What lies below an object on a path such as `spec.containers.0.env`; undefined: nothing. */
export function at(object: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>(
    (value, key) =>
      typeof value === "object" && value !== null
        ? (value as Record<string, unknown>)[key]
        : undefined,
    object,
  );
}

/** A Secret's text. */
export function secretText(secret: ChartObject, key: string): string {
  const data = secret["data"] as Record<string, string>;
  return atob(data[key] ?? "");
}
