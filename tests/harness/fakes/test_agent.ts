import type { FakeTime } from "@std/testing/time";
import { type AgentDeps, type AgentOptions, runAgent } from "../../../mod/flow/agent_loop.ts";
import type { StateStore } from "../../../mod/ports/state_store.ts";
import { META_KEY, nodeKey, reportKey, wantedKey } from "../../../mod/pure/bucket/state_keys.ts";
import { decodeReport, type MetaValue, type ReportValue } from "../../../mod/pure/bucket/wire.ts";
import type { WantedValue } from "../../../mod/pure/bucket/wire.ts";
import { type MemoryStore, memoryStore } from "./memory_store.ts";
import {
  type RecordingConditions,
  recordingConditions,
  type RecordingLogger,
  recordingLogger,
  type RecordingMetrics,
  recordingMetrics,
} from "./quiet.ts";
import { sampleMeta, sampleNode, sampleWanted } from "./sample_values.ts";
import { type ScriptedDisk, scriptedDisk } from "./scripted_disk.ts";
import { type ScriptedRuntime, scriptedRuntime } from "./scripted_runtime.ts";
import { advance, advanceUntil, runPending } from "./fake_time.ts";

/** One agent, run in fake time, and everything around it. */
export interface TestAgent extends AsyncDisposable {
  /** The bucket as the controller has it. */
  readonly bucket: MemoryStore;
  /** The agent's own connection to it. */
  readonly connection: MemoryStore;
  readonly runtime: ScriptedRuntime;
  readonly disk: ScriptedDisk;
  readonly logger: RecordingLogger;
  readonly conditions: RecordingConditions;
  readonly metrics: RecordingMetrics;
  /** When the agent has written its report (ms since the epoch). */
  readonly reportedAt: readonly number[];
  /** Puts images into the bucket. */
  want(...images: readonly (string | WantedValue)[]): Promise<void>;
  /** Takes an image out of the bucket. */
  unwant(reference: string): Promise<void>;
  put(key: string, value: unknown): Promise<void>;
  /** What the agent has reported last. */
  report(): ReportValue | undefined;
  /** Lets time pass. */
  advance(ms: number): Promise<void>;
  /** Stops the agent and lets time pass until it has ended. */
  stop(): Promise<void>;
}

/** How the stage is set. */
export interface AgentStageOptions extends Partial<AgentOptions> {
  /** Name of the agent's node. */
  readonly node?: string;
  /** What `meta` says; `none` leaves the bucket empty, without facts of the node too. */
  readonly source?: MetaValue["source"] | "none";
  /** Images in the bucket before the agent starts. */
  readonly wanted?: readonly (string | WantedValue)[];
  readonly bucket?: MemoryStore;
  readonly runtime?: ScriptedRuntime;
  /** Stands between the agent and its deps. */
  readonly deps?: (deps: AgentDeps) => AgentDeps;
}

/** Sets the stage and starts the agent; with source `kubernetes` the facts of its node are there. */
export async function startAgent(
  time: FakeTime,
  options: AgentStageOptions = {},
): Promise<TestAgent> {
  const { node = "n1", source = "kubernetes", bucket = memoryStore() } = options;
  const { signal } = new AbortController();
  const put = async (key: string, value: unknown) => {
    await bucket.put(key, typeof value === "string" ? value : JSON.stringify(value), { signal });
    await runPending(time);
  };
  if (source !== "none") await put(META_KEY, sampleMeta(source));
  if (source === "kubernetes") await put(nodeKey(node), { v: 1, ...sampleNode(node) });
  const want = async (...images: readonly (string | WantedValue)[]) => {
    for (const image of images) {
      const value = typeof image === "string" ? sampleWanted(image) : image;
      await bucket.put(wantedKey(value.reference), JSON.stringify(value), { signal });
    }
    await runPending(time);
  };
  await want(...options.wanted ?? []);
  return await run(time, { ...options, node, bucket }, { put, want });
}

async function run(
  time: FakeTime,
  options: AgentStageOptions & { readonly node: string; readonly bucket: MemoryStore },
  tools: Pick<TestAgent, "put" | "want">,
): Promise<TestAgent> {
  const { node, bucket } = options;
  const connection = bucket.another();
  const disk = scriptedDisk();
  const runtime = options.runtime ?? scriptedRuntime();
  const quiet = {
    logger: recordingLogger(),
    conditions: recordingConditions(),
    metrics: recordingMetrics(),
  };
  const reportedAt: number[] = [];
  const store = noting(connection, () => reportedAt.push(Date.now()));
  const deps = { store, runtime, disk, ...quiet };
  const stop = new AbortController();
  const done = runAgent(options.deps?.(deps) ?? deps, {
    self: sampleNode(node),
    pullParallel: 3,
    diskHighPercent: 80,
    lookAgainMs: 600_000,
    exitWhenRuntimeLostMs: 0,
    random: () => 0.5,
    ...options,
    signal: stop.signal,
  });
  done.catch(() => {}); // told by `stop()`
  const end = async () => {
    stop.abort();
    await advanceUntil(time, done);
  };
  await runPending(time);
  return {
    ...tools,
    ...quiet,
    bucket,
    connection,
    runtime,
    disk,
    reportedAt,
    unwant: async (reference) => {
      await bucket.delete(wantedKey(reference), { signal: new AbortController().signal });
      await runPending(time);
    },
    report: () => readReport(bucket, node),
    advance: (ms) => advance(time, ms),
    stop: end,
    [Symbol.asyncDispose]: end,
  };
}

function readReport(bucket: MemoryStore, node: string): ReportValue | undefined {
  const text = bucket.values.get(reportKey(node));
  if (text === undefined) return undefined;
  const decoded = decodeReport(text);
  if ("fault" in decoded) throw new Error(`Unreadable report: ${decoded.fault}`);
  return decoded.value;
}

function noting(store: StateStore, wrote: () => void): StateStore {
  return {
    follow: (filters, options) => store.follow(filters, options),
    delete: (key, options) => store.delete(key, options),
    async put(key, value, options) {
      await store.put(key, value, options);
      wrote();
    },
  };
}
