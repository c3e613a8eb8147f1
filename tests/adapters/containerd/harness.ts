import { assertEquals } from "@std/assert";
import { systemClock } from "../../../mod/adapters/clock.ts";
import { type CtrRuntime, openCtrRuntime } from "../../../mod/adapters/containerd/ctr_runtime.ts";
import { openRegistries } from "../../../mod/adapters/relay/registries/registries.ts";
import { openRelay } from "../../../mod/adapters/relay/relay.ts";
import { selfNode } from "../../../mod/pure/placement/self_node.ts";
import type { PullRelay } from "../../../mod/ports/pull_relay.ts";
import {
  type RecordingLogger,
  recordingLogger,
  type RecordingMetrics,
  recordingMetrics,
} from "../../harness/fakes/quiet.ts";
import {
  availableContainerds,
  type ContainerdVersion,
  startContainerd,
  type TestContainerd,
} from "../../harness/servers/containerd.ts";
import { type FaultRegistry, startFaultRegistry } from "../../harness/servers/fault_registry.ts";
import { pushImage } from "../../harness/images/images.ts";
import { type Registry, startRegistry } from "../../harness/servers/registry.ts";
import { reasonToSkip } from "../../harness/servers/skipping.ts";
import {
  type ContainerdTools,
  obtainContainerdLine,
} from "../../harness/tools/containerd_lines.ts";
import { obtainTool, type ToolName } from "../../harness/tools/tools.ts";
import { type ChildProcess, childrenNow, sinceGone, ZOMBIE } from "../../harness/children.ts";

/** A daemon and the ctr that talks to it. */
export interface ContainerdPair {
  /** For names of tests. */
  readonly name: string;
  readonly version: ContainerdVersion;
  readonly ctr: ToolName;
  /** Why it cannot run here. */
  readonly reason: string | undefined;
}

/** A runtime on a containerd of its own, pulling from a registry whose faults the test chooses. */
export interface ContainerdHarness extends AsyncDisposable {
  readonly runtime: CtrRuntime;
  readonly containerd: TestContainerd;
  readonly registry: Registry;
  /** In front of `registry`. */
  readonly front: FaultRegistry;
  readonly logger: RecordingLogger;
  readonly metrics: RecordingMetrics;
  /** "test/app:1" in front, with a layer of 200 KB and one of 3 MB. */
  readonly image: string;
  readonly digest: string;
  /** Children of the runtime that live now, and what is left of ended ones. */
  ctrs(): Promise<ChildProcess[]>;
}

/** Every containerd of this machine with its own ctr, and with the one that the agent's image brings. */
export async function containerdPairs(): Promise<ContainerdPair[]> {
  const pairs: ContainerdPair[] = [];
  for (const version of availableContainerds()) {
    if (version !== LINE_OF_IMAGE) pairs.push(await pairOf(version, `ctr-${version}`));
    pairs.push(await pairOf(version, "ctr-of-image"));
  }
  return pairs;
}

/** Those on which each fault is tried, as that takes long: all but a ctr that nobody maintains. */
export async function pairsForFaults(): Promise<ContainerdPair[]> {
  return (await containerdPairs()).filter(({ ctr }) => ctr !== "ctr-1.6");
}

/**
 * Each maintained containerd once, with the ctr of its own line: where what is tried takes long, and
 * the line is what may make a difference.
 */
export async function pairsOfEachLine(): Promise<ContainerdPair[]> {
  const pairs = await pairsForFaults();
  return ["1.7", "2.3", "2.4"].flatMap((line) =>
    pairs.find(({ version }) => version === line) ?? []
  );
}

/** Its own ctr is the one that the agent's image brings. */
const LINE_OF_IMAGE: ContainerdVersion = "2.3";

async function pairOf(version: ContainerdVersion, ctr: ToolName): Promise<ContainerdPair> {
  const reason = await reasonToSkip("root", `containerd-${version}`, ctr, "docker-registry");
  return { name: `containerd ${version} with ${ctr}`, version, ctr, reason };
}

/** Starts all parts. Disposing stops them; it fails when the runtime has left a child. */
export async function startContainerdHarness(
  pair: ContainerdPair,
  options: {
    readonly pullIdleTimeoutMs?: number;
    /** Whether pulls go through a relay; default: they do. */
    readonly withRelay?: boolean;
    /** Puts something of the test's own in the place of the relay. */
    readonly changeRelay?: (relay: PullRelay) => PullRelay;
    /** Shell words before containerd's command line, such as "unshare -n". */
    readonly containerdBy?: (relayFolder: string) => string;
    readonly queryDeadlineMs?: number;
    /** See `CtrRuntimeOptions`. */
    readonly killGraceMs?: number;
    /** Writes each ctr's "begun" or "ended" and its arguments to this file. It passes on no signals. */
    readonly ctrLog?: string;
    /** See `startContainerd()`. */
    readonly extraConfig?: string;
    /** See `startContainerd()`. */
    readonly root?: string;
    /** See `CtrRuntimeOptions`; default: that of Kubernetes. */
    readonly namespace?: string;
    /** See `CtrRuntimeOptions`. */
    readonly snapshotter?: string;
    /** See `CtrRuntimeOptions`. */
    readonly leaseFolder?: string;
    /** All the environment that ctr gets. */
    readonly env?: Readonly<Record<string, string>>;
  } = {},
): Promise<ContainerdHarness> {
  const {
    withRelay = true,
    changeRelay = (relay) => relay,
    containerdBy,
    extraConfig = "",
    root,
    ctrLog,
    ...given
  } = options;
  await using starting = new AsyncDisposableStack();
  const registry = starting.use(await startRegistry());
  const front = starting.use(startFaultRegistry({ upstream: registry.host }));
  const folder = await Deno.makeTempDir({ prefix: "warm-images-relay-" });
  starting.defer(() => Deno.remove(folder, { recursive: true }));
  const { version } = pair;
  const tools = containerdBy && await wrappedContainerd(folder, version, containerdBy(folder));
  const containerd = starting.use(
    await startContainerd({
      version,
      extraConfig,
      ...(tools && { tools }),
      ...(root !== undefined && { root }),
    }),
  );
  const { digest } = await pushImage(registry, {
    repository: "test/app",
    tag: "1",
    layers: [{ name: "base", bytes: 200_000 }, { name: "own", bytes: 3_000_000 }],
  });
  const logger = recordingLogger();
  const metrics = recordingMetrics();
  const ctr = await obtainTool(pair.ctr);
  const ctrs = async () =>
    (await childrenNow()).filter(({ command }) => command.startsWith(ctr) || command === ZOMBIE);
  starting.defer(async () => {
    assertEquals(await sinceGone(ctrs), [], "ctr processes left");
  });
  const platform = selfNode("node-a", Deno.build);
  const registries = starting.use(openRegistries({
    hostsDir: containerd.hostsDir,
    requestsPerSecond: 0,
    clock: systemClock,
  }));
  const relay = withRelay
    ? changeRelay(starting.use(openRelay({ folder, platform, registries, clock: systemClock })))
    : undefined;
  const runtime = starting.use(openCtrRuntime({
    clock: systemClock,
    address: containerd.address,
    root: containerd.root,
    namespace: "k8s.io",
    relay,
    ctr: ctrLog === undefined ? ctr : await loggedCtr(folder, ctr, ctrLog),
    hostsDir: containerd.hostsDir,
    pullIdleTimeoutMs: 60_000,
    logger,
    metrics,
    ...given,
  }));
  const running = starting.move();
  return {
    runtime,
    containerd,
    registry,
    front,
    logger,
    metrics,
    image: `${front.host}/test/app:1`,
    digest,
    ctrs,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** A containerd of this line that a shell starts by `prefix`; the script lies in `folder`. */
async function wrappedContainerd(
  folder: string,
  version: ContainerdVersion,
  prefix: string,
): Promise<ContainerdTools> {
  const { containerd, ctr } = await obtainContainerdLine(version);
  const path = `${folder}/containerd`;
  await Deno.writeTextFile(path, `#!/bin/sh\nexec ${prefix} ${containerd} "$@"\n`, { mode: 0o755 });
  return { containerd: path, ctr };
}

/** A ctr that says in a file when it begins and ends; the script lies in `folder`. */
async function loggedCtr(folder: string, ctr: string, log: string): Promise<string> {
  const path = `${folder}/ctr`;
  const lines = [
    "#!/bin/sh",
    `echo "begun $*" >>${log}`,
    `${ctr} "$@"`,
    "code=$?",
    `echo "ended $*" >>${log}`,
    "exit $code",
  ];
  await Deno.writeTextFile(path, lines.join("\n") + "\n", { mode: 0o755 });
  return path;
}
