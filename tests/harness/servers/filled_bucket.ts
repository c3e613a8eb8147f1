import { connect, StorageType } from "nats";
import type { BeatValue, ImageReport } from "../../../mod/pure/bucket/agent_wire.ts";
import {
  beatKey,
  META_KEY,
  nodeKey,
  reportKey,
  wantedKey,
} from "../../../mod/pure/bucket/state_keys.ts";
import type { NodeValue, WantedValue } from "../../../mod/pure/bucket/wire.ts";
import type { TestNats } from "./nats_server.ts";

/** A bucket that a test writes in place of the programs; disposing closes the connection. */
export interface FilledBucket extends AsyncDisposable {
  /** Any value, under any key. */
  put(key: string, value: unknown): Promise<void>;
  delete(key: string): Promise<void>;
  /** As a controller names itself. */
  meta(): Promise<void>;
  /** As a controller writes what is wanted, anywhere unless told where. */
  want(reference: string, how?: Partial<WantedValue>): Promise<void>;
  /** As a controller writes the facts of a node. */
  node(name: string, facts?: Partial<NodeValue>): Promise<void>;
  /** As an agent beats and reports, just now unless told when. */
  report(node: string, images: Readonly<Record<string, ImageReport>>, at?: string): Promise<void>;
}

/** Makes an empty bucket on a server without logins. */
export async function fillBucket(nats: TestNats): Promise<FilledBucket> {
  const connection = await connect({ servers: nats.url, reconnect: false });
  const options = { storage: StorageType.File, history: 1 };
  const bucket = await connection.jetstream().views.kv("warm-images", options);
  const put = async (key: string, value: unknown) => {
    await bucket.put(key, typeof value === "string" ? value : JSON.stringify(value));
  };
  return {
    put,
    delete: (key) => bucket.delete(key),
    meta: () => put(META_KEY, { v: 1, source: "kubernetes", writer: "test", since: now() }),
    want: async (reference, how = {}) => {
      const placements = [{}];
      const value = { v: 1, reference, priority: 0, placements, pullSecrets: [], ...how };
      await put(wantedKey(reference), value);
    },
    node: async (name, facts = {}) => {
      const where = { labels: {}, taints: [], architecture: "amd64", os: "linux" };
      const value = { v: 1, name, uid: name, ...where, unschedulable: false, skip: false };
      await put(nodeKey(name), { ...value, ...facts });
    },
    report: async (node, images, at = now()) => {
      const about = { v: 1 as const, node, agent: "0.3.0", at };
      const beat: BeatValue = { ...about, images: countsOf(Object.values(images)) };
      await put(reportKey(node), { ...about, images });
      await put(beatKey(node), { ...beat, disk: { usedPercent: 61.4, freeBytes: 12e9 } });
    },
    [Symbol.asyncDispose]: () => connection.close(),
  };
}

/** A state that an image has been in since a minute ago. */
export function stateSince(state: ImageReport["state"], reason?: string): ImageReport {
  const since = new Date(Date.now() - 60_000).toISOString();
  return { state, since, ...(reason !== undefined && { reason }) };
}

const now = () => new Date().toISOString();

function countsOf(images: readonly ImageReport[]): BeatValue["images"] {
  const count = (state: string) => images.filter((image) => image.state === state).length;
  const [warm, pulling, waiting, failed] = ["warm", "pulling", "waiting", "failed"].map(count);
  return { wanted: images.length, warm, pulling, waiting, failed } as BeatValue["images"];
}
