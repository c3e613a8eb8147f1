/** Files by path from the project's root, each with what it imports: paths, or names of packages. */
export type ModuleGraph = ReadonlyMap<string, readonly string[]>;

interface Layer {
  /** Layers a file may import from; `own` is its own part of an adapter. */
  readonly from: readonly string[];
  /** Packages and built-ins it may import; undefined: any. */
  readonly packages?: readonly string[];
}

/** Who may import what: the house rules of mod/. */
const LAYERS: Readonly<Record<string, Layer>> = {
  async: { from: ["async"], packages: ["@std/async/delay"] },
  pure: {
    from: ["pure", "deno.json"],
    packages: ["@std/cli/parse-args", "fastest-levenshtein", "valibot"],
  },
  ports: { from: ["ports", "pure"], packages: [] },
  flow: { from: ["flow", "ports", "pure", "async"], packages: [] },
  adapters: { from: ["own", "ports", "pure", "async"] },
  build: { from: ["build", "adapters", "pure"] },
  entries: { from: ["entries", "adapters", "flow", "ports", "pure", "async"] },
};

/** One line for each import that the rules forbid, and for each cycle. */
export function findViolations(graph: ModuleGraph): string[] {
  const violations = [...graph].flatMap(([path, imports]) => {
    const layer = LAYERS[layerOf(path)];
    return layer
      ? imports.filter((target) => !mayImport(path, layer, target)).map((target) =>
        `${path} imports ${target}`
      )
      : [];
  });
  return [...violations, ...findCycles(graph)];
}

/** Everything that loading `entry` loads. */
export function reachedFrom(graph: ModuleGraph, entry: string): ReadonlySet<string> {
  const reached = new Set<string>();
  const visit = (path: string) => {
    if (reached.has(path)) return;
    reached.add(path);
    graph.get(path)?.forEach(visit);
  };
  visit(entry);
  return reached;
}

function mayImport(path: string, layer: Layer, target: string): boolean {
  const targetLayer = layerOf(target);
  if (targetLayer === "package") return layer.packages?.includes(target) ?? true;
  if (layer.from.includes(targetLayer)) return true;
  return layer.from.includes("own") && targetLayer === "adapters" &&
    partOf(path) === partOf(target);
}

function layerOf(path: string): string {
  const layer = /^mod\/(async|pure|ports|flow|adapters|build)\//.exec(path)?.[1];
  if (layer !== undefined) return layer;
  // Files right in mod/ are what the two programs share on top of everything else.
  if (/^(agent|controller)\.ts$|^mod\/\w+\.ts$/.test(path)) return "entries";
  if (path === "deno.json") return path;
  return /^\.{0,2}\/|\.ts$/.test(path) ? "outside" : "package";
}

/** An adapter is one file or one folder right in mod/adapters. */
function partOf(path: string): string | undefined {
  return /^mod\/adapters\/([^/]+)/.exec(path)?.[1];
}

function findCycles(graph: ModuleGraph): string[] {
  const cycles: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]) => {
    if (trail.includes(path)) {
      cycles.push(`cycle: ${[...trail.slice(trail.indexOf(path)), path].join(" → ")}`);
    } else if (!done.has(path)) {
      graph.get(path)?.forEach((target) => visit(target, [...trail, path]));
      done.add(path);
    }
  };
  for (const path of graph.keys()) visit(path, []);
  return cycles;
}
