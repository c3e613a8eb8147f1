import { type CommandResult, runCommand } from "../harness/commands.ts";
import type { ApiServer } from "../harness/servers/api_server.ts";
import { obtainTool } from "../harness/tools/tools.ts";
import { CHART, helm, type RenderOptions, valueArguments } from "./chart.ts";

/** Helm and kubectl on one API server, as its administrator. */
export class Cluster {
  readonly #server: ApiServer;
  readonly #env: Readonly<Record<string, string>>;

  constructor(server: ApiServer) {
    this.#server = server;
    this.#env = {
      KUBECONFIG: server.adminKubeconfig,
      HELM_CACHE_HOME: server.folder,
      HELM_CONFIG_HOME: server.folder,
      HELM_DATA_HOME: server.folder,
    };
  }

  /**
   * Installs or upgrades the release in its namespace, which is made; resolves to what Helm says.
   * Without hooks: nothing runs Jobs here.
   */
  async install(options: InstallOptions = {}): Promise<CommandResult> {
    const { release = "wi", namespace = "warm-images" } = options;
    return await helm([
      ...["upgrade", "--install", release, CHART, "--reset-values"],
      ...["--namespace", namespace, "--create-namespace", "--no-hooks"],
      ...valueArguments(options),
      ...options.flags ?? [],
    ], this.#env);
  }

  /** Runs another command of Helm. */
  async helm(...args: string[]): Promise<CommandResult> {
    return await helm(args, this.#env);
  }

  /** Runs kubectl; with a text it goes to a file whose name comes last. */
  async kubectl(args: readonly string[], text?: string): Promise<CommandResult> {
    const kubectl = await obtainTool("kubectl");
    if (text === undefined) return await runCommand(kubectl, args, { env: this.#env });
    const file = await Deno.makeTempFile({ dir: this.#server.folder, suffix: ".yaml" });
    await Deno.writeTextFile(file, text);
    return await runCommand(kubectl, [...args, "--filename", file], { env: this.#env });
  }

  /** Runs kubectl and resolves to what it prints. Throws an error with its complaint. */
  async ask(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.kubectl(args);
    if (code !== 0) throw new Error(`kubectl ${args.join(" ")}: ${stderr}`);
    return stdout;
  }

  /** Makes the kinds known that the Prometheus operator and Cilium bring, as far as a chart needs them. */
  async defineOthersKinds(): Promise<void> {
    const definitions = OTHERS_KINDS.map(definitionOf);
    await this.kubectl(
      ["create"],
      JSON.stringify({ apiVersion: "v1", kind: "List", items: definitions }),
    );
    const names = definitions.map(({ metadata }) => `crd/${metadata.name}`);
    await this.ask("wait", "--for=condition=Established", ...names);
  }

  /** Kind and name of everything in the cluster whose name holds this text. */
  async named(text: string): Promise<string[]> {
    const all = await this.ask("api-resources", "--verbs=list", "--output=name");
    const kinds = all.trim().split("\n").filter((kind) => !kind.startsWith("events")).join(",");
    const names = await this.ask("get", kinds, "--all-namespaces", "--output=name");
    return names.split("\n").filter((name) => name.includes(text)).sort();
  }
}

/** How to install. */
export interface InstallOptions extends RenderOptions {
  /** Default `warm-images`. */
  readonly namespace?: string;
  /** More flags of Helm. */
  readonly flags?: readonly string[];
}

/** API group, version and kind. */
const OTHERS_KINDS = [
  ["monitoring.coreos.com", "v1", "PodMonitor"],
  ["monitoring.coreos.com", "v1", "ServiceMonitor"],
  ["monitoring.coreos.com", "v1", "PrometheusRule"],
  ["cilium.io", "v2", "CiliumNetworkPolicy"],
] as const;

/** As much of a definition as there has to be. */
function definitionOf([group, version, kind]: (typeof OTHERS_KINDS)[number]) {
  const singular = kind.toLowerCase();
  const plural = singular.replace(/y$/, "ie") + "s";
  const openAPIV3Schema = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: "Namespaced",
      names: { kind, plural, singular },
      versions: [{ name: version, served: true, storage: true, schema: { openAPIV3Schema } }],
    },
  };
}
