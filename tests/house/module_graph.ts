import type { ModuleGraph } from "./layers.ts";

const ROOT = new URL("../../", import.meta.url);

/** What std is made of does not matter here, so the stand-ins do wherever the test runs. */
const OFFLINE = "--import-map=tests/offline/import_map.json";

/** Asks deno for the graph of programs and tests, imports of types included. */
export async function readModuleGraph(): Promise<ModuleGraph> {
  const files = [
    ...["agent.ts", "controller.ts"],
    ...await filesIn("mod"),
    ...await filesIn("tests"),
  ];
  const all = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    const imports = files.map((file) => `import "${new URL(file, ROOT)}";`);
    await Deno.writeTextFile(all, imports.join("\n"));
    const { stdout, success } = await new Deno.Command(Deno.execPath(), {
      args: ["info", "--json", "--no-lock", "--config=deno.json", OFFLINE, all],
      cwd: ROOT,
      stderr: "inherit",
    }).output();
    if (!success) throw new Error("Cannot read the graph of modules: deno info failed");
    return toGraph(JSON.parse(new TextDecoder().decode(stdout)));
  } finally {
    await Deno.remove(all);
  }
}

interface ModuleInfo {
  readonly specifier: string;
  readonly error?: string;
  readonly dependencies?: readonly {
    readonly specifier: string;
    readonly code?: { readonly specifier?: string };
    readonly type?: { readonly specifier?: string };
  }[];
}

function toGraph(info: { readonly modules: readonly ModuleInfo[] }): ModuleGraph {
  const graph = new Map<string, readonly string[]>();
  for (const { specifier, error, dependencies = [] } of info.modules) {
    const path = pathOf(specifier);
    // A module that cannot be read is for `deno check` to tell.
    if (error !== undefined || path === undefined) continue;
    graph.set(path, dependencies.map((dependency) => targetOf(dependency)));
  }
  return graph;
}

type Dependency = NonNullable<ModuleInfo["dependencies"]>[number];

/** Packages by the name the code gives them, files by their path. */
function targetOf({ specifier, code, type }: Dependency): string {
  if (!specifier.startsWith(".")) return specifier;
  const resolved = code?.specifier ?? type?.specifier;
  return resolved === undefined ? specifier : pathOf(resolved) ?? resolved;
}

function pathOf(specifier: string): string | undefined {
  return specifier.startsWith(ROOT.href) ? specifier.slice(ROOT.href.length) : undefined;
}

async function filesIn(folder: string): Promise<string[]> {
  const files: string[] = [];
  for await (const entry of Deno.readDir(new URL(`${folder}/`, ROOT))) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) files.push(...await filesIn(path));
    else if (path.endsWith(".ts")) files.push(path);
  }
  return files;
}
