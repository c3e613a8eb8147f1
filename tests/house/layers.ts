/** Files by path from the project's root, each with what it imports: paths, or names of packages. */
export type ModuleGraph = ReadonlyMap<string, readonly string[]>;

interface Layer {
  /** Layers a file may import from; `own` is its own part of an adapter. */
  readonly from: readonly string[];
  /** Packages and built-ins it may import; undefined: any. */
  readonly packages?: readonly string[];
}

/** Who may import what in mod/. */
const OF_MOD: Readonly<Record<string, Layer>> = {
  async: { from: ["async"], packages: [] },
  pure: {
    from: ["pure", "deno.json"],
    packages: [
      ...["@std/cli/parse-args", "croner", "fastest-levenshtein", "json-p3"],
      ...["smol-toml", "valibot", "yaml"],
    ],
  },
  ports: { from: ["ports", "pure"], packages: [] },
  flow: { from: ["flow", "ports", "pure", "async"], packages: [] },
  adapters: { from: ["own", "ports", "pure", "async"] },
  build: { from: ["build", "adapters", "pure"] },
  entries: { from: ["entries", "adapters", "flow", "ports", "pure", "async"] },
};

const MOD = Object.keys(OF_MOD);

/** Who may import what of what the tests share: each row knows those above it alone. */
const OF_HARNESS: Readonly<Record<string, Layer>> = {
  "tests/harness": { from: ["build", "ports", "pure"] },
  "tests/harness/fakes": { from: MOD },
  "tests/harness/documents": { from: ["tests/harness"] },
  "tests/harness/tools": { from: ["tests/harness", "build"] },
  "tests/harness/servers": {
    from: [
      ...["tests/harness", "tests/harness/fakes", "tests/harness/documents"],
      ...["tests/harness/tools", "adapters", "pure"],
    ],
  },
  "tests/harness/new_nodes": {
    from: [
      ...["tests/harness", "tests/harness/fakes", "tests/harness/tools"],
      ...["tests/harness/servers", "adapters", "pure"],
    ],
  },
  "tests/harness/images": {
    from: ["tests/harness", "tests/harness/tools", "tests/harness/servers", "build"],
  },
  "tests/harness/cluster": {
    from: [
      ...["tests/harness", "tests/harness/tools", "tests/harness/servers"],
      ...["tests/harness/images", "build"],
    ],
  },
  "tests/harness/private_images": {
    from: [
      ...["tests/harness", "tests/harness/tools", "tests/harness/servers"],
      ...["tests/harness/images", "tests/harness/cluster"],
    ],
  },
};

const HARNESS = Object.keys(OF_HARNESS);

/** Who may import what of the tests themselves: nothing of one another, but for what is named. */
const OF_TESTS: Readonly<Record<string, Layer>> = {
  "tests of the harness": { from: [...HARNESS, ...MOD] },
  "tests/async": { from: ["async", "tests/harness", "tests/harness/fakes"] },
  "tests/pure": { from: ["pure"] },
  "tests/flow": { from: ["flow", "ports", "pure", "tests/harness/fakes"] },
  "tests/adapters": { from: [...HARNESS, ...MOD] },
  "tests/conformance": { from: ["tests/adapters", ...HARNESS, ...MOD] },
  "tests/chart": { from: [...HARNESS, ...MOD] },
  "tests/programs": { from: [...HARNESS, ...MOD] },
  "tests/witness": { from: [...HARNESS, ...MOD] },
  "tests/bench": { from: ["tests/witness", ...HARNESS, ...MOD] },
  "tests/e2e": { from: ["tests/bench", ...HARNESS] },
  "tests/house": { from: ["tests/offline", "tests/harness", "tests/harness/documents", ...MOD] },
  "tests/tasks": { from: ["tests/house", ...HARNESS, ...MOD] },
  "tests/offline": { from: ["build"] },
};

const LAYERS = { ...OF_MOD, ...OF_HARNESS, ...OF_TESTS };

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

/** Files to which no rule applies. */
export function findLawless(graph: ModuleGraph): string[] {
  return [...graph.keys()].filter((path) =>
    path.endsWith(".ts") && LAYERS[layerOf(path)] === undefined
  );
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
  if (targetLayer === layerOf(path) && targetLayer.startsWith("tests/")) return true;
  return layer.from.includes("own") && targetLayer === "adapters" &&
    partOf(path) === partOf(target);
}

function layerOf(path: string): string {
  const layer = /^mod\/(async|pure|ports|flow|adapters|build)\//.exec(path)?.[1];
  if (layer !== undefined) return layer;
  // Files right in mod/ are what programs and commands share on top of everything else.
  if (/^(agent|controller)\.ts$|^mod\/(commands\/)?\w+\.ts$/.test(path)) return "entries";
  if (path === "deno.json") return path;
  if (/^tests\/harness\/.*_test\.ts$/.test(path)) return "tests of the harness";
  const room = /^tests\/(?:harness\/)?\w+(?=\/)/.exec(path)?.[0];
  if (room !== undefined) return room;
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
