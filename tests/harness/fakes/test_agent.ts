import type { FakeTime } from "@std/testing/time";
import { type AgentDeps, type AgentOptions, runAgent } from "../../../mod/flow/agent_loop.ts";
import {
  beatKey,
  META_KEY,
  nodeKey,
  reportKey,
  wantedKey,
} from "../../../mod/pure/bucket/state_keys.ts";
import {
  type BeatValue,
  decodeBeat,
  decodeReport,
  type ReportValue,
} from "../../../mod/pure/bucket/agent_wire.ts";
import type { Decoded } from "../../../mod/pure/bucket/decode.ts";
import type { MetaValue, WantedValue } from "../../../mod/pure/bucket/wire.ts";
import { type FakeClock, fakeClock } from "./fake_clock.ts";
import { type MemoryStore, memoryStore, storeWith } from "./memory_store.ts";
import { type Recordings, recordings } from "./quiet.ts";
import { sampleMeta, sampleNode, sampleWanted } from "./sample_values.ts";
import { type ScriptedDisk, scriptedDisk } from "./scripted_disk.ts";
import { type ScriptedRuntime, scriptedRuntime } from "./scripted_runtime.ts";
import { advance, advanceUntil, runPending } from "./fake_time.ts";

/** One agent, run in fake time, with everything it works with. */
export interface TestAgent extends Recordings, AsyncDisposable {
  /** The bucket as a controller sees it. */
  readonly bucket: MemoryStore;
  /** The agent's own connection to it. */
  readonly connection: MemoryStore;
  readonly runtime: ScriptedRuntime;
  readonly disk: ScriptedDisk;
  readonly clock: FakeClock;
  /** When the agent has written a report (ms since the epoch). */
  readonly reportedAt: readonly number[];
  /** When the agent has beaten. */
  readonly beatenAt: readonly number[];
  /** Bytes of keys and values that the agent has written. */
  readonly writtenBytes: number;
  /** Puts images into the bucket. */
  want(...images: readonly (string | WantedValue)[]): Promise<void>;
  /** Takes an image out of the bucket. */
  unwant(reference: string): Promise<void>;
  put(key: string, value: unknown): Promise<void>;
  /** The last report of the agent. */
  report(): ReportValue | undefined;
  /** The last beat of the agent. */
  beat(): BeatValue | undefined;
  /** Lets time pass. */
  advance(ms: number): Promise<void>;
  /** Stops the agent and lets time pass until it has ended. */
  stop(): Promise<void>;
}

/** How to start an agent; what it leaves out is chosen for it. */
export interface TestAgentOptions extends Partial<AgentOptions> {
  /** Name of the agent's node. */
  readonly node?: string;
  /** Source that `meta` names; `none` leaves the bucket empty, also of facts of the node. */
  readonly source?: MetaValue["source"] | "none";
  /** Images in the bucket before the agent starts. */
  readonly wanted?: readonly (string | WantedValue)[];
  readonly bucket?: MemoryStore;
  readonly runtime?: ScriptedRuntime;
  /** Replaces some of the agent's deps. */
  readonly deps?: (deps: AgentDeps) => AgentDeps;
}

/** Starts an agent; with source `kubernetes` the bucket has the facts of its node. */
export async function startAgent(
  time: FakeTime,
  options: TestAgentOptions = {},
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
  options: TestAgentOptions & { readonly node: string; readonly bucket: MemoryStore },
  tools: Pick<TestAgent, "put" | "want">,
): Promise<TestAgent> {
  const { node, bucket } = options;
  const connection = bucket.another();
  const disk = scriptedDisk();
  const runtime = options.runtime ?? scriptedRuntime();
  const clock = fakeClock();
  const recorded = recordings();
  const reportedAt: number[] = [];
  const beatenAt: number[] = [];
  let writtenBytes = 0;
  const store = storeWith(connection, {
    async put(key, value, options) {
      await connection.put(key, value, options);
      writtenBytes += new TextEncoder().encode(key + value).length;
      if (key === reportKey(node)) reportedAt.push(Date.now());
      if (key === beatKey(node)) beatenAt.push(Date.now());
    },
  });
  const deps = { store, runtime, disk, clock, ...recorded };
  const stop = new AbortController();
  const done = runAgent(options.deps?.(deps) ?? deps, {
    self: sampleNode(node),
    pullParallel: 3,
    pullsPerRegistry: 3,
    diskHighPercent: 80,
    lookAgainMs: 600_000,
    exitWhenRuntimeLostMs: 0,
    random: () => 0.5,
    ...options,
    signal: stop.signal,
  });
  done.catch(() => {}); // `stop()` throws it
  const end = async () => {
    stop.abort();
    await advanceUntil(time, done);
  };
  await runPending(time);
  return {
    ...tools,
    ...recorded,
    bucket,
    connection,
    runtime,
    disk,
    clock,
    reportedAt,
    beatenAt,
    get writtenBytes() {
      return writtenBytes;
    },
    unwant: async (reference) => {
      await bucket.delete(wantedKey(reference), { signal: new AbortController().signal });
      await runPending(time);
    },
    report: () => read(bucket, reportKey(node), decodeReport),
    beat: () => read(bucket, beatKey(node), decodeBeat),
    advance: (ms) => advance(time, ms),
    stop: end,
    [Symbol.asyncDispose]: end,
  };
}

function read<T>(
  bucket: MemoryStore,
  key: string,
  decode: (text: string) => Decoded<T>,
): T | undefined {
  const text = bucket.values.get(key);
  if (text === undefined) return undefined;
  const decoded = decode(text);
  if ("fault" in decoded) throw new Error(`Unreadable ${key}: ${decoded.fault}`);
  return decoded.value;
}
