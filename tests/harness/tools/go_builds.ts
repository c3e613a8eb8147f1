import { onPath, runCommand } from "../commands.ts";
import { progress } from "../progress.ts";
import { startProcess } from "../process.ts";
import { inCache } from "./tool_cache.ts";
import { ToolUnavailableError } from "./tool_errors.ts";

/** A program that is built from a Go module, once. */
export interface GoBuild {
  /** Name of the program. */
  readonly name: string;
  /** Its main package. */
  readonly package: string;
  readonly module: string;
  /** With the leading "v". */
  readonly version: string;
  /** What the person who waits is told. */
  readonly about: string;
}

/** Debian bookworm's etcd 3.4 is too old for the API server's WatchList. */
export const ETCD: GoBuild = {
  name: "etcd",
  package: "go.etcd.io/etcd/server/v3",
  module: "go.etcd.io/etcd/server/v3",
  version: "v3.6.8",
  about: "1 minute",
};

/** Programs that are built of Kubernetes itself. */
export type KubernetesProgram =
  | "kube-apiserver"
  | "kube-controller-manager"
  | "kube-proxy"
  | "kube-scheduler"
  | "kubectl"
  | "kubelet";

/** One program of Kubernetes; those that are built later find most packages compiled. */
export function kubernetesBuild(name: KubernetesProgram): GoBuild {
  return {
    name,
    package: `${KUBERNETES}/cmd/${name}`,
    module: KUBERNETES,
    version: "v1.35.4",
    about: name === "kube-apiserver" ? "6 minutes" : "1 minute",
  };
}

const KUBERNETES = "k8s.io/kubernetes";

/** What resolves names in the harness's cluster. */
export const COREDNS: GoBuild = {
  name: "coredns",
  package: "github.com/coredns/coredns",
  module: "github.com/coredns/coredns",
  version: "v1.14.7",
  about: "3 minutes",
};

/** The one that installs the chart in tests. */
export const HELM: GoBuild = {
  name: "helm",
  package: "helm.sh/helm/v3/cmd/helm",
  module: "helm.sh/helm/v3",
  version: "v3.21.4",
  about: "1 minute",
};

/** What makes a cluster of Docker containers. */
export const KIND: GoBuild = {
  name: "kind",
  package: "sigs.k8s.io/kind",
  module: "sigs.k8s.io/kind",
  version: "v0.33.0",
  about: "10 seconds",
};

/** containerd's client, at the version that the Dockerfile puts into the agent's image. */
export const CTR: GoBuild = {
  name: "ctr",
  package: "github.com/containerd/containerd/v2/cmd/ctr",
  module: "github.com/containerd/containerd/v2",
  version: "v2.3.7",
  about: "1 minute",
};

/** The server of the image that the chart names by default; Debian's is too old to stand for it. */
export const NATS_SERVER: GoBuild = {
  name: "nats-server",
  package: "github.com/nats-io/nats-server/v2",
  module: "github.com/nats-io/nats-server/v2",
  version: "v2.14.5",
  about: "1 minute",
};

/** Resolves to the program's path, building it when the cache does not hold it yet. */
export async function obtainGoBuild(build: GoBuild): Promise<string> {
  const folder = await inCache(`${build.name}-${build.version}`, async (target) => {
    if (onPath("go") === undefined) {
      throw new ToolUnavailableError(
        `Cannot build "${build.name}": "go" is not on PATH; install Go 1.25 or newer`,
      );
    }
    const work = await Deno.makeTempDir({ prefix: "warm-images-go-" });
    try {
      await Deno.writeTextFile(`${work}/go.mod`, await goMod(build));
      await compile(build, work, `${target}/${build.name}`);
    } finally {
      await Deno.remove(work, { recursive: true });
    }
  });
  return `${folder}/${build.name}`;
}

/**
 * A module that requires only ours. Kubernetes requires its own parts at "v0.0.0", which exist only
 * inside its repository: their released twins stand in for them.
 */
async function goMod(build: GoBuild): Promise<string> {
  const theirs = await Deno.readTextFile(await downloadedGoMod(build));
  const go = /^go .+$/m.exec(theirs)?.[0] ?? "go 1.25";
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
      args: ["build", "-trimpath", "-ldflags", linkerFlags(build), "-o", target, build.package],
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
