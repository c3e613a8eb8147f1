import { onPath, runCommand } from "../commands.ts";
import { progress } from "../progress.ts";
import { startProcess } from "../process.ts";
import { type GoBuild, KUBERNETES } from "./go_pins.ts";
import { inCache } from "./tool_cache.ts";
import { ToolUnavailableError } from "./tool_errors.ts";

/**
 * Resolves to the program's path, building it when the cache does not hold it yet. Its companions
 * lie in the same folder.
 */
export async function obtainGoBuild(build: GoBuild): Promise<string> {
  const folder = await inCache(goBuildKey(build), async (target) => {
    if (onPath("go") === undefined) {
      throw new ToolUnavailableError(
        `Cannot build "${build.name}": "go" is not on PATH; install Go 1.26 or newer`,
      );
    }
    const work = await Deno.makeTempDir({ prefix: "warm-images-go-" });
    try {
      await Deno.writeTextFile(`${work}/go.mod`, await goMod(build));
      for (const [name, text] of build.source?.files ?? []) {
        await Deno.writeTextFile(`${work}/${name}`, text);
      }
      await compile(build, work, target);
    } finally {
      await Deno.remove(work, { recursive: true });
    }
  });
  return `${folder}/${build.name}`;
}

/** The key of a build in the cache. */
export function goBuildKey({ name, version, source }: GoBuild): string {
  return source === undefined ? `${name}-${version}` : `${name}-${version}-${source.digest}`;
}

/**
 * A module that requires only ours. Kubernetes requires its own parts at "v0.0.0", which exist only
 * inside its repository: their released twins stand in for them.
 */
async function goMod(build: GoBuild): Promise<string> {
  const theirs = await Deno.readTextFile(await downloadedGoMod(build));
  const go = /^go .+$/m.exec(theirs)?.[0] ?? "go 1.26";
  const twins = [...theirs.matchAll(/^\s+(k8s\.io\/[a-z0-9-]+) v0\.0\.0$/gm)].map(([, part]) =>
    `replace ${part} => ${part} ${build.version.replace(/^v1\./, "v0.")}`
  );
  return ["module build", go, `require ${build.module} ${build.version}`, ...twins].join("\n") +
    "\n";
}

async function downloadedGoMod(build: GoBuild): Promise<string> {
  progress(`${build.name}: fetching ${build.module} ${build.version}`);
  const args = ["mod", "download", "-json", `${build.module}@${build.version}`];
  const { code, stdout, stderr } = await runCommand("go", args);
  const path = /"GoMod": "([^"]+)"/.exec(stdout)?.[1];
  if (code === 0 && path !== undefined) return path;
  throw new ToolUnavailableError(
    `Cannot fetch the Go module "${build.module}": ${(stdout + stderr).trim().slice(-1000)}`,
  );
}

/** Puts the programs into the folder `target`. */
async function compile(build: GoBuild, work: string, target: string): Promise<void> {
  const began = Date.now();
  const tell = () => {
    const minutes = Math.floor((Date.now() - began) / 60_000);
    const sofar = minutes === 0 ? "" : `: ${minutes} m so far`;
    progress(`building ${build.name}, about ${build.about} once${sofar}`);
  };
  tell();
  const ticks = setInterval(tell, 60_000);
  try {
    await using go = await startProcess("go", {
      args: [
        ...["build", "-trimpath", "-ldflags", linkerFlags(build)],
        ...["-tags", (build.tags ?? []).join(","), ...outputAndPackages(build, target)],
      ],
      // No C compiler needed; the modules that are needed are added to go.mod as they are found.
      env: { GOFLAGS: "-mod=mod", "CGO_ENABLED": "0" },
      cwd: work,
    });
    const { success } = await go.exited;
    if (success) return;
    throw new ToolUnavailableError(
      `Cannot build "${build.name}": ${go.log().trim().slice(-2000)}`,
    );
  } finally {
    clearInterval(ticks);
  }
}

/** Several programs are named after their packages; one alone is not always called so. */
function outputAndPackages(build: GoBuild, folder: string): string[] {
  const { name, companions = [] } = build;
  if (companions.length === 0) return ["-o", `${folder}/${name}`, build.package];
  return ["-o", `${folder}/`, build.package, ...companions];
}

/** Without its version an API server says "v0.0.0-master" and refuses feature checks by clients. */
function linkerFlags(build: GoBuild): string {
  const [major, minor] = build.version.slice(1).split(".");
  const variables = build.module !== KUBERNETES ? [] : [
    `k8s.io/component-base/version.gitVersion=${build.version}`,
    `k8s.io/component-base/version.gitMajor=${major}`,
    `k8s.io/component-base/version.gitMinor=${minor}`,
  ];
  return ["-s", "-w", ...variables.map((variable) => `-X ${variable}`)].join(" ");
}
