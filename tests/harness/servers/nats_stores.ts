import { type NatsStore, openNatsStore } from "../../../mod/adapters/nats/store.ts";
import {
  type BucketSettings,
  NO_BUCKET_SETTINGS,
} from "../../../mod/pure/settings/nats_settings.ts";
import {
  recordingConditions,
  recordingLogger,
  type RecordingMetrics,
  recordingMetrics,
} from "../fakes/quiet.ts";
import { type NatsAccess, natsSettings } from "./nats_access.ts";
import { useNatsPauses } from "./nats_pauses.ts";
import { waitUntil } from "../wait.ts";

/** A store on a real server, and what it said of itself; disposing closes it. */
export interface TestStore extends AsyncDisposable {
  readonly store: NatsStore;
  readonly metrics: RecordingMetrics;
  /** Why condition `nats` does not hold; `undefined` when it does. */
  reason(): string | undefined;
  /** Every message that was logged. */
  logged(): string[];
  /** Everything a person could read: log lines with their fields, and the condition's reason. */
  said(): string;
  /** Aborts the signal that the store was opened with. */
  abort(): void;
  untilReady(): Promise<void>;
  /** Waits until the condition does not hold, for a reason with this text in it. */
  untilReason(text: string): Promise<void>;
}

/** Opens a store in the given role, of a program that is by default named as its user. */
export function openTestStore(
  access: NatsAccess,
  role: "controller" | "agent" | "reader",
  bucket: BucketSettings = NO_BUCKET_SETTINGS,
  name = access.username ?? "test",
): TestStore {
  const logger = recordingLogger();
  const conditions = recordingConditions();
  const metrics = recordingMetrics();
  const stop = new AbortController();
  const { signal } = stop;
  const pauses = useNatsPauses();
  const settings = natsSettings(access);
  const how = { role, name, signal, bucket, logger, conditions, metrics };
  const store = openNatsStore(settings, how);
  const condition = () => conditions.state.get("nats");
  const reason = () => condition()?.holds ? undefined : condition()?.reason ?? "";
  let closing: Promise<void> | undefined;
  const close = async () => {
    await store[Symbol.asyncDispose]();
    await pauses[Symbol.asyncDispose]();
  };
  return {
    store,
    metrics,
    reason,
    logged: () => logger.lines.map(({ message }) => message),
    said: () => JSON.stringify([logger.lines, reason()]),
    abort: () => stop.abort(),
    untilReady: () => waitUntil("the store is ready", () => reason() === undefined),
    untilReason: (text) => {
      return waitUntil(`the store says "${text}"`, () => reason()?.includes(text) ?? false);
    },
    [Symbol.asyncDispose]: () => closing ??= close(),
  };
}
