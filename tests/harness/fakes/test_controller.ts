import type { FakeTime } from "@std/testing/time";
import {
  type ControllerDeps,
  type ControllerOptions,
  runController,
} from "../../../mod/flow/controller_loop.ts";
import type { StateStore } from "../../../mod/ports/state_store.ts";
import { wantedKey } from "../../../mod/pure/bucket/state_keys.ts";
import { decodeWanted, type WantedValue } from "../../../mod/pure/bucket/wire.ts";
import { type MemoryStore, memoryStore } from "./memory_store.ts";
import {
  type RecordingConditions,
  recordingConditions,
  type RecordingLogger,
  recordingLogger,
  type RecordingMetrics,
  recordingMetrics,
} from "./quiet.ts";
import { type ScriptedLeadership, scriptedLeadership } from "./scripted_leadership.ts";
import { type ScriptedSource, scriptedSource } from "./scripted_source.ts";
import { advance, advanceUntil, runPending } from "./fake_time.ts";

/** One write of the controller. */
export interface StoreWrite {
  readonly type: "put" | "delete";
  readonly key: string;
  /** Ms since the epoch. */
  readonly at: number;
}

/** One controller, run in fake time, and everything around it. */
export interface TestController extends AsyncDisposable {
  readonly source: ScriptedSource;
  readonly leadership: ScriptedLeadership;
  /** The bucket as others have it. */
  readonly bucket: MemoryStore;
  /** The controller's own connection to it. */
  readonly connection: MemoryStore;
  readonly logger: RecordingLogger;
  readonly conditions: RecordingConditions;
  readonly metrics: RecordingMetrics;
  /** What the controller has written, in order; refused writes are not among it. */
  readonly writes: StoreWrite[];
  /** Somebody else writes to the bucket; `undefined` deletes. */
  meddle(key: string, value: unknown): Promise<void>;
  /** The `wanted` value of an image, if the bucket has it. */
  wanted(reference: string): WantedValue | undefined;
  /** Lets time pass. */
  advance(ms: number): Promise<void>;
  /** Stops the controller. */
  stop(): Promise<void>;
}

/** How the stage is set. */
export interface ControllerStageOptions extends Partial<ControllerOptions> {
  readonly source?: ScriptedSource;
  readonly leadership?: ScriptedLeadership;
  readonly bucket?: MemoryStore;
  /** Stands between the controller and its deps. */
  readonly deps?: (deps: ControllerDeps) => ControllerDeps;
}

/** Sets the stage and starts the controller. */
export async function startController(
  time: FakeTime,
  options: ControllerStageOptions = {},
): Promise<TestController> {
  const { source = scriptedSource(), leadership = scriptedLeadership() } = options;
  const { bucket = memoryStore() } = options;
  const connection = bucket.another();
  const quiet = {
    logger: recordingLogger(),
    conditions: recordingConditions(),
    metrics: recordingMetrics(),
  };
  const writes: StoreWrite[] = [];
  const deps = { source, leadership, store: noting(connection, writes), ...quiet };
  const stop = new AbortController();
  const done = runController(options.deps?.(deps) ?? deps, {
    rules: { listSpaces: ["*"], ignoreSpaces: [], ignoreImages: [], listImages: [] },
    forgetAfterMs: 3_600_000,
    identity: "controller-0",
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
    ...quiet,
    source,
    leadership,
    bucket,
    connection,
    writes,
    meddle: (key, value) => meddle(time, bucket, key, value),
    wanted: (reference) => readWanted(bucket, reference),
    advance: (ms) => advance(time, ms),
    stop: end,
    [Symbol.asyncDispose]: end,
  };
}

async function meddle(
  time: FakeTime,
  bucket: MemoryStore,
  key: string,
  value: unknown,
): Promise<void> {
  const { signal } = new AbortController();
  if (value === undefined) await bucket.delete(key, { signal });
  else await bucket.put(key, JSON.stringify(value), { signal });
  await runPending(time);
}

function readWanted(bucket: MemoryStore, reference: string): WantedValue | undefined {
  const text = bucket.values.get(wantedKey(reference));
  if (text === undefined) return undefined;
  const decoded = decodeWanted(text);
  if ("fault" in decoded) throw new Error(`Unreadable wanted value: ${decoded.fault}`);
  return decoded.value;
}

function noting(store: StateStore, writes: StoreWrite[]): StateStore {
  return {
    follow: (filters, options) => store.follow(filters, options),
    async put(key, value, options) {
      await store.put(key, value, options);
      writes.push({ type: "put", key, at: Date.now() });
    },
    async delete(key, options) {
      await store.delete(key, options);
      writes.push({ type: "delete", key, at: Date.now() });
    },
  };
}
