import { assert, assertEquals } from "@std/assert";
import { systemClock } from "../../../mod/adapters/clock.ts";
import { openCtrRuntime } from "../../../mod/adapters/containerd/ctr_runtime.ts";
import { openRegistries } from "../../../mod/adapters/relay/registries/registries.ts";
import { openRelay } from "../../../mod/adapters/relay/relay.ts";
import type { ImageRuntime } from "../../../mod/ports/image_runtime.ts";
import { selfNode } from "../../../mod/pure/placement/self_node.ts";
import type { PullOutcome } from "../../../mod/pure/pulls/pull_outcome.ts";
import { recordingLogger, recordingMetrics } from "../../harness/fakes/quiet.ts";
import { generatedLayer } from "../../harness/servers/stored_blob.ts";
import { type StoredImage, storedImage } from "../../harness/servers/stored_image.ts";
import { startContainerd, type TestContainerd } from "../../harness/servers/containerd.ts";
import {
  type ScriptedRegistry,
  type ScriptedRegistryOptions,
  startScriptedRegistry,
} from "../../harness/servers/scripted_registry.ts";
import { never } from "../../harness/signals.ts";
import { obtainTool } from "../../harness/tools/tools.ts";
import { waitUntil, within } from "../../harness/wait.ts";
import { type ContainerdPair, containerdPairs } from "../containerd/harness.ts";

/** Pulls through a relay of their own into a containerd of their own. */
export interface RelayedPulls extends AsyncDisposable {
  readonly runtime: ImageRuntime;
  readonly containerd: TestContainerd;
  pull(reference: string, signal?: AbortSignal): Promise<PullOutcome>;
  /** The pull succeeds, and what is there is unpacked and complete. */
  assertPulls(reference: string, image: StoredImage): Promise<void>;
  /** Neither leases nor half downloads nor hosts folders are there, or they go within moments. */
  assertNothingLeft(reference: string): Promise<void>;
  /** Takes all images from the node, with all that they brought. */
  removeAll(): Promise<void>;
}

/** Large enough to be fetched in parts: 10 of them. */
export const LARGE = storedImage("test/large:1", [
  generatedLayer({ name: "large", bytes: 40_000_000 }),
]);
/** Fetched over one connection. */
export const SMALL = storedImage("test/small:1", [
  generatedLayer({ name: "small", bytes: 3_000_000 }),
]);

/** Each containerd that is maintained, once, with the ctr of the agent's image or its own. */
export async function pairsForRelay(): Promise<ContainerdPair[]> {
  const chosen: Readonly<Record<string, string>> = {
    "1.7": "ctr-1.7",
    "2.3": "ctr-of-image",
    "2.4": "ctr-of-image",
  };
  return (await containerdPairs()).filter(({ version, ctr }) => chosen[version] === ctr);
}

/** Starts all parts but registries. Disposing stops them. */
export async function startRelayedPulls(
  pair: Pick<ContainerdPair, "version" | "ctr">,
  options: { readonly pullIdleTimeoutMs?: number; readonly root?: string } = {},
): Promise<RelayedPulls> {
  const { pullIdleTimeoutMs = 60_000, root } = options;
  await using starting = new AsyncDisposableStack();
  const { version } = pair;
  const containerd = starting.use(
    await startContainerd({ version, ...(root !== undefined && { root }) }),
  );
  const folder = await Deno.makeTempDir({ prefix: "warm-images-relay-" });
  starting.defer(() => Deno.remove(folder, { recursive: true }));
  const registries = starting.use(openRegistries({
    hostsDir: containerd.hostsDir,
    requestsPerSecond: 0,
    clock: systemClock,
  }));
  const platform = selfNode("node-a", Deno.build);
  const relay = starting.use(openRelay({ folder, platform, registries, clock: systemClock }));
  const runtime = openCtrRuntime({
    clock: systemClock,
    address: containerd.address,
    root: containerd.root,
    namespace: "k8s.io",
    relay,
    ctr: await obtainTool(pair.ctr),
    hostsDir: containerd.hostsDir,
    pullIdleTimeoutMs,
    logger: recordingLogger(),
    metrics: recordingMetrics(),
  });
  const pull = (reference: string, signal = never()) => within(runtime.pull(reference, { signal }));
  const running = starting.move();
  return {
    runtime,
    containerd,
    pull,
    async assertPulls(reference, { manifest }) {
      const outcome = await pull(reference);
      assert(outcome.result === "pulled", JSON.stringify(outcome));
      assertEquals(outcome.digest, manifest.digest);
      const seen = await runtime.check([reference], { signal: never() });
      assertEquals(seen.get(reference)?.state, "usable");
    },
    async assertNothingLeft(reference) {
      await runtime.discard(reference, { signal: never() });
      let left: string[] = [];
      const isClean = async () => (left = await leftBehind(containerd, folder)).length === 0;
      await waitUntil("nothing is left", isClean, { everyMs: 200 })
        .catch(() => assertEquals(left, []));
    },
    removeAll: () =>
      // The CRI plug-in adds records of its own a moment later.
      waitUntil("the store is empty", async () => {
        const names = await linesOf(containerd, "images", "ls", "-q");
        if (names.length > 0) await containerd.ctr("images", "rm", "--sync", ...names);
        return (await linesOf(containerd, "content", "ls", "-q")).length === 0;
      }),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** Starts a registry that holds "test/large:1" and "test/small:1". */
export async function startImages(
  options: ScriptedRegistryOptions = {},
): Promise<ScriptedRegistry> {
  const registry = await startScriptedRegistry(options);
  registry.add("test/large:1", LARGE);
  registry.add("test/small:1", SMALL);
  return registry;
}

async function leftBehind(containerd: TestContainerd, folder: string): Promise<string[]> {
  const leases = await linesOf(containerd, "leases", "ls", "-q");
  const ingests = `${containerd.root}/io.containerd.content.v1.content/ingest`;
  return [
    ...leases.map((id) => `lease ${id}`),
    ...(await namesIn(ingests)).map((name) => `download ${name}`),
    ...(await namesIn(`${folder}/pulls`)).map((name) => `hosts folder ${name}`),
  ];
}

async function namesIn(folder: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(folder)).catch(() => []);
  return entries.map(({ name }) => name);
}

async function linesOf(containerd: TestContainerd, ...args: string[]): Promise<string[]> {
  const { stdout } = await containerd.ctr(...args);
  return stdout.split("\n").filter((line) => line !== "");
}
