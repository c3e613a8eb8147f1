import type { FakeTime } from "@std/testing/time";
import {
  type ControllerDeps,
  type ControllerOptions,
  runController,
} from "../../../mod/flow/controller_loop.ts";
import type { StateStore } from "../../../mod/ports/state_store.ts";
import { wantedKey } from "../../../mod/pure/bucket/state_keys.ts";
import { decodeWanted, type WantedValue } from "../../../mod/pure/bucket/wire.ts";
import { type FakeClock, fakeClock } from "./fake_clock.ts";
import { type MemoryStore, memoryStore, storeWith } from "./memory_store.ts";
import { type Recordings, recordings } from "./quiet.ts";
import { type ScriptedLeadership, scriptedLeadership } from "./scripted_leadership.ts";
import { type ScriptedSource, scriptedSource } from "./scripted_source.ts";
import { advance, advanceUntil, runPending } from "./fake_time.ts";
import { SAMPLE_RULES } from "./sample_values.ts";

/** One write of the controller. */
export interface StoreWrite {
  readonly type: "put" | "delete";
  readonly key: string;
  /** Ms since the epoch. */
  readonly at: number;
}

/** One controller, run in fake time, with everything it works with. */
export interface TestController extends Recordings, AsyncDisposable {
  readonly source: ScriptedSource;
  readonly leadership: ScriptedLeadership;
  readonly clock: FakeClock;
  /** The bucket as others see it. */
  readonly bucket: MemoryStore;
  /** The controller's own connection to it. */
  readonly connection: MemoryStore;
  /** What the controller has written, in order; refused writes are not among them. */
  readonly writes: StoreWrite[];
  /** Writes to the bucket as somebody else; `undefined` deletes. */
  meddle(key: string, value: unknown): Promise<void>;
  /** The `wanted` value of an image, if the bucket has it. */
  wanted(reference: string): WantedValue | undefined;
  /** Lets time pass. */
  advance(ms: number): Promise<void>;
  /** Stops the controller. */
  stop(): Promise<void>;
}

/** How to start a controller; what it leaves out is chosen for it. */
export interface TestControllerOptions extends Partial<ControllerOptions> {
  readonly source?: ScriptedSource;
  readonly leadership?: ScriptedLeadership;
  readonly bucket?: MemoryStore;
  /** Replaces some of the controller's deps. */
  readonly deps?: (deps: ControllerDeps) => ControllerDeps;
}

/** Starts a controller. */
export async function startController(
  time: FakeTime,
  options: TestControllerOptions = {},
): Promise<TestController> {
  const { source = scriptedSource(), leadership = scriptedLeadership() } = options;
  const { bucket = memoryStore() } = options;
  const connection = bucket.another();
  const clock = fakeClock();
  const recorded = recordings();
  const writes: StoreWrite[] = [];
  const store = recordingStore(connection, writes);
  const deps = { source, leadership, store, clock, ...recorded };
  const stop = new AbortController();
  const done = runController(options.deps?.(deps) ?? deps, {
    rules: SAMPLE_RULES,
    forgetAfterMs: 3_600_000,
    identity: "controller-0",
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
    ...recorded,
    source,
    leadership,
    clock,
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

function recordingStore(store: StateStore, writes: StoreWrite[]): StateStore {
  return storeWith(store, {
    async put(key, value, options) {
      await store.put(key, value, options);
      writes.push({ type: "put", key, at: Date.now() });
    },
    async delete(key, options) {
      await store.delete(key, options);
      writes.push({ type: "delete", key, at: Date.now() });
    },
  });
}
