import { type AgentOptions, runAgent } from "../../../mod/flow/agent_loop.ts";
import { decodeReport, type ReadImageReport } from "../../../mod/pure/bucket/agent_wire.ts";
import type { WantedValue } from "../../../mod/pure/bucket/wire.ts";
import { META_KEY, nodeKey, reportKey, wantedKey } from "../../../mod/pure/bucket/state_keys.ts";
import { FillingRuntime, type ImageEvent, type ModelledImage } from "./filling_runtime.ts";
import { memoryStore } from "./memory_store.ts";
import { EVICTION_PERIOD_MS, GC_PERIOD_MS, ModelledKubelet } from "./modelled_kubelet.ts";
import { type DiskLayout, nodeDisk, readingOf } from "./node_disk.ts";
import { QuickTime } from "./quick_time.ts";
import { recordings } from "./quiet.ts";
import { runtimeWith } from "./scripted_runtime.ts";
import { sampleMeta, sampleNode, sampleWanted } from "./sample_values.ts";

/** A node, its disks and its kubelet, with the real agent on it. */
export class FillingNode implements AsyncDisposable {
  readonly time = new QuickTime();
  readonly kubelet: ModelledKubelet;
  readonly runtime: FillingRuntime;
  readonly recorded = recordings();
  /** When the agent began to run. */
  readonly startedAt: number[] = [];
  /** When images began to be wanted, and when they ceased to be. */
  readonly wanted: ImageEvent[] = [];
  readonly unwanted: ImageEvent[] = [];
  readonly #bucket = memoryStore();
  readonly #options: Partial<AgentOptions>;
  #stop = new AbortController();
  #done: Promise<void> = Promise.resolve();
  #isKilled = false;
  #sinceEviction = 0;
  #sinceCollection = 0;

  constructor(
    { layout, bytes, inodes, images, ...options }:
      & {
        readonly layout: DiskLayout;
        readonly bytes: number;
        readonly inodes: number;
        readonly images: readonly ModelledImage[];
      }
      & Partial<AgentOptions>,
  ) {
    const disk = nodeDisk({ layout, bytes, inodes });
    this.runtime = new FillingRuntime(disk, images, () => this.time.now);
    this.kubelet = new ModelledKubelet(disk, {
      images: () => this.runtime.warmImages(),
      delete: (reference) => this.runtime.delete(reference),
    });
    this.#options = options;
  }

  /** What the agent's last report says of an image. */
  reported(reference: string): ReadImageReport | undefined {
    const decoded = decodeReport(this.#bucket.values.get(reportKey("n1")) ?? "");
    if ("fault" in decoded) throw new Error(decoded.fault);
    return decoded.value.images[reference];
  }

  async want(reference: string, priority = 0, rest: Partial<WantedValue> = {}): Promise<void> {
    this.wanted.push({ reference, at: this.time.now });
    await this.#put(wantedKey(reference), { ...sampleWanted(reference, rest), priority });
  }

  async unwant(reference: string): Promise<void> {
    this.unwanted.push({ reference, at: this.time.now });
    await this.#bucket.delete(wantedKey(reference), { signal: this.#stop.signal });
  }

  /** Kills the agent: it tidies nothing up, and is started again. */
  async kill(): Promise<void> {
    this.#isKilled = true;
    await this.start();
  }

  /** Starts the agent; one that runs is stopped first, at once. */
  async start(): Promise<void> {
    await this.#end();
    this.#isKilled = false;
    await this.#put(META_KEY, sampleMeta("kubernetes"));
    await this.#put(nodeKey("n1"), { v: 1, ...sampleNode("n1") });
    this.#stop = new AbortController();
    const { time, runtime } = this;
    const clock = { wallMs: () => time.now, monotonicMs: () => time.now };
    const disk = {
      read: () => {
        runtime.disk.settle(time.now);
        return Promise.resolve(readingOf(runtime.disk));
      },
    };
    const hands = runtimeWith(runtime, {
      discard: (reference) => this.#isKilled ? Promise.resolve() : runtime.discard(reference),
    });
    this.startedAt.push(time.now);
    const deps = { ...this.recorded, store: this.#bucket.another(), runtime: hands, disk, clock };
    this.#done = runAgent(deps, {
      self: sampleNode("n1"),
      pullParallel: 3,
      pullsPerRegistry: 3,
      yieldToKubelet: false,
      diskHighPercent: 80,
      lookAgainMs: 600_000,
      exitWhenRuntimeLostMs: 0,
      graceMs: 0,
      random: () => 0.5,
      ...this.#options,
      signal: this.#stop.signal,
    });
    this.#done.catch(() => {}); // `#end()` throws it
  }

  /** Lets time pass, with kubelet at its work. */
  async run(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= EVICTION_PERIOD_MS) {
      const stepMs = Math.min(left, EVICTION_PERIOD_MS);
      await this.time.run(stepMs);
      this.#kubelet(stepMs);
    }
  }

  /** Lets time pass until no pull runs, and then at once to `ms` later. */
  async rest(ms: number): Promise<void> {
    await this.run(70_000);
    while (this.runtime.running > 0) await this.run(10_000);
    await this.time.sleep(ms);
    this.#kubelet(ms);
    await this.run(10_000);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end();
    this.time[Symbol.dispose]();
  }

  async #end(): Promise<void> {
    this.#stop.abort();
    await this.time.runUntilEnded(this.#done);
  }

  #kubelet(passedMs: number): void {
    this.runtime.disk.settle(this.time.now);
    this.runtime.layers.collect();
    this.#sinceEviction += passedMs;
    this.#sinceCollection += passedMs;
    if (this.#sinceEviction >= EVICTION_PERIOD_MS) {
      this.#sinceEviction = 0;
      this.kubelet.manageEviction(this.time.now);
    }
    if (this.#sinceCollection < GC_PERIOD_MS) return;
    this.#sinceCollection = 0;
    this.kubelet.collectGarbage();
  }

  async #put(key: string, value: unknown): Promise<void> {
    const { signal } = new AbortController();
    await this.#bucket.put(key, JSON.stringify(value), { signal });
  }
}
