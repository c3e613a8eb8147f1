import type { CompiledPair } from "../../harness/tools/compiled_pair.ts";
import { type ContainerdVersion, mapHost } from "../../harness/servers/containerd.ts";
import { runCommand } from "../../harness/commands.ts";
import type { TestProgram } from "../../harness/programs.ts";
import { type Site, startSite } from "../../harness/servers/site.ts";
import { waitUntil } from "../../harness/wait.ts";
import { compiledOrSource } from "../figure.ts";

/** A node on which our programs and bare `ctr` pull by turns. */
export interface PullSite extends AsyncDisposable {
  readonly site: Site;
  /** Starts the agent alone, as it is compiled. */
  agent(flags?: readonly string[]): Promise<TestProgram>;
  /** Empties containerd, and the bucket. */
  wipe(): Promise<void>;
  /** Milliseconds of a loop of `ctr images pull`, one after the other, as ctr comes. */
  bare(references: readonly string[]): Promise<number>;
  /** Milliseconds from the manifest written to all usable; on an empty node, with new programs. */
  ours(references: readonly string[], watch?: Watch): Promise<number>;
}

/** Gets the agent, and the controller, while they pull; `over` aborts when all is there. */
export type Watch = (
  programs: { readonly agent: TestProgram; readonly controller: TestProgram },
  over: AbortSignal,
) => Promise<void>;

/** How long a throttled pull of GBs may take at most. */
const PATIENCE_MS = 3_600_000;

/** Starts the parts, and compiles the programs for them. */
export async function startPullSite(version: ContainerdVersion): Promise<PullSite> {
  await using stack = new AsyncDisposableStack();
  const site = stack.use(await startSite({ version }));
  const pair: Partial<CompiledPair> = stack.use(await compiledOrSource(site));
  const everything = stack.move();
  const program = (binary: string | undefined) => binary === undefined ? {} : { binary };
  const agent = (flags: readonly string[] = []) => site.agent({ flags, ...program(pair.agent) });
  const wipe = async () => {
    await site.containerd.restart({ wipe: true });
    await site.nats.restart({ wipe: true });
    await runCommand("sync", []);
  };
  return {
    site,
    agent,
    wipe,
    bare: async (references) => {
      await wipe();
      return await timed(async () => {
        for (const reference of references) {
          const hosts = ["--hosts-dir", site.containerd.hostsDir];
          const { code, stderr } = await site.containerd.ctr("images", "pull", ...hosts, reference);
          if (code !== 0) throw new Error(stderr);
        }
      });
    },
    ours: async (references, watch = () => Promise.resolve()) => {
      await wipe();
      await using running = await agent();
      await using controller = await site.controller({
        untilReady: true,
        ...program(pair.controller),
      });
      await waitUntil("the agent is ready", () => running.ready());
      const over = new AbortController();
      const watching = watch({ agent: running, controller }, over.signal);
      const milliseconds = await timed(async () => {
        await site.deploy("bench", ...references);
        await untilWarm(running, references.length);
      });
      over.abort();
      await watching;
      await Deno.remove(`${site.manifests}/bench.json`);
      return milliseconds;
    },
    [Symbol.asyncDispose]: () => everything.disposeAsync(),
  };
}

/** Has everybody ask a registry without TLS at once: ctr and CRI would try TLS for 20 s first. */
export async function withoutTls(
  { site }: PullSite,
  registry: { readonly host: string; readonly url: string },
): Promise<void> {
  await mapHost(site.containerd.hostsDir, registry.host, { url: registry.url });
}

/** Waits until the agent counts so many as warm. */
export async function untilWarm(agent: TestProgram, images: number): Promise<void> {
  await waitUntil(
    `${images} are warm`,
    async () => await agent.metric("warm_images_node_warm") === images,
    { timeoutMs: PATIENCE_MS, everyMs: 200 },
  );
}

/** Milliseconds that this takes. */
export async function timed(act: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await act();
  return Math.round(performance.now() - startedMs);
}
