import * as v from "valibot";
import type { Clock } from "../../ports/clock.ts";
import type { EventRecorder, RecordedNotice } from "../../ports/event_recorder.ts";
import type { FailureNotice } from "../../pure/failures/failure_notices.ts";
import { messageOf } from "../../pure/message_of.ts";
import { hasStatus, isFaulty } from "./api_error.ts";
import type { KubernetesClient } from "./client.ts";
import type { KindTarget } from "./kind_target.ts";
import { objectPath } from "./object_path.ts";

/** What recording needs beside its client. */
export interface FailureEventsOptions {
  /** Where the objects of a kind are, by `kindName`; undefined: it is none that is followed. */
  readonly targetOf: (kind: string) => KindTarget | undefined;
  /** Who says it: the pod or host name. */
  readonly identity: string;
  readonly clock: Clock;
}

/** What `kubectl describe` shows as the reason. */
export const REASON = "WarmImageFailed";
const COMPONENT = "warm-images-controller";
const TIMEOUT_MS = 10_000;
/** Of an object nothing but its metadata is asked for. */
const METADATA = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";

const objectSchema = v.object({ metadata: v.object({ uid: v.string() }) });
const eventSchema = v.object({ count: v.exactOptional(v.nullable(v.number())) });

/**
 * Writes Events on workloads, one for each image. `kubectl describe` finds an object's Events by its
 * uid, which records of objects do not hold: it is asked for, one GET for each Event that is written.
 * That takes no right that following the kind does not take.
 */
export function failureEvents(
  client: KubernetesClient,
  options: FailureEventsOptions,
): EventRecorder {
  return { record: (notice, { signal }) => new Recording(client, options, notice, signal).run() };
}

/** One notice on its way. */
class Recording {
  readonly #client: KubernetesClient;
  readonly #options: FailureEventsOptions;
  readonly #notice: FailureNotice;
  readonly #signal: AbortSignal;

  constructor(
    client: KubernetesClient,
    options: FailureEventsOptions,
    notice: FailureNotice,
    signal: AbortSignal,
  ) {
    this.#client = client;
    this.#options = options;
    this.#notice = notice;
    this.#signal = signal;
  }

  async run(): Promise<RecordedNotice> {
    const { object, count } = this.#notice;
    const target = this.#options.targetOf(object.kind);
    if (target === undefined) return { result: "gone" };
    try {
      const uid = await this.#uid(target);
      if (uid === undefined) return { result: "gone" };
      const name = await eventName(object.name, uid, this.#notice.image);
      const told = count > 1 ? await this.#update(name, count) : undefined;
      const made = told ?? await this.#create(name, target, uid) ?? await this.#adopt(name);
      return { result: "recorded", count: made };
    } catch (error) {
      if (isEnding(error)) return { result: "gone" };
      if (hasStatus(error, 403)) return { result: "refused", why: this.#refusal(error) };
      if (isFaulty(error)) return { result: "refused", why: messageOf(error) };
      throw error;
    }
  }

  /** Undefined: there is no such object any more. */
  async #uid(target: KindTarget): Promise<string | undefined> {
    try {
      const path = objectPath(target, this.#notice.object);
      const answer = await this.#call("GET", path, undefined, METADATA);
      return v.parse(objectSchema, answer).metadata.uid;
    } catch (error) {
      if (hasStatus(error, 404)) return undefined;
      throw error;
    }
  }

  /** Undefined: somebody has written it before, as an earlier leader. */
  async #create(name: string, target: KindTarget, uid: string): Promise<number | undefined> {
    const { object, message } = this.#notice;
    const at = this.#time();
    const body = {
      apiVersion: "v1",
      kind: "Event",
      metadata: { name, namespace: this.#namespace },
      involvedObject: {
        apiVersion: target.apiVersion,
        kind: target.kind,
        ...(target.namespaced && { namespace: object.namespace }),
        name: object.name,
        uid,
      },
      type: "Warning",
      reason: REASON,
      message,
      count: 1,
      firstTimestamp: at,
      lastTimestamp: at,
      source: { component: COMPONENT },
      reportingComponent: COMPONENT,
      reportingInstance: this.#options.identity,
    };
    try {
      await this.#call("POST", this.#events, body);
      return 1;
    } catch (error) {
      if (hasStatus(error, 409)) return undefined;
      throw error;
    }
  }

  /** Undefined: it is gone, as Events are deleted after an hour by default. */
  async #update(name: string, count?: number): Promise<number | undefined> {
    const { message } = this.#notice;
    const body = { message, lastTimestamp: this.#time(), ...(count !== undefined && { count }) };
    try {
      const answer = await this.#call("PATCH", `${this.#events}/${name}`, body);
      return v.parse(eventSchema, answer).count ?? 1;
    } catch (error) {
      if (hasStatus(error, 404)) return undefined;
      throw error;
    }
  }

  /** Goes on counting where an earlier leader has stopped: a patch tells how far that was. */
  async #adopt(name: string): Promise<number> {
    const count = await this.#update(name);
    if (count === undefined) throw new Error("Cannot write an Event that comes and goes");
    return await this.#update(name, count + 1) ?? 1;
  }

  /** Of an object that is in no namespace, Events are in this one. */
  get #namespace(): string {
    return this.#notice.object.namespace || "default";
  }

  get #events(): string {
    return `/api/v1/namespaces/${encodeURIComponent(this.#namespace)}/events`;
  }

  #time(): string {
    return new Date(this.#options.clock.wallMs()).toISOString().replace(/\.\d+Z$/, "Z");
  }

  #refusal(error: unknown): string {
    return `Cannot write Events in namespace "${this.#namespace}": grant the verbs create and patch on ` +
      `events there, and get on what wants images (${messageOf(error)})`;
  }

  async #call(
    method: "GET" | "POST" | "PATCH",
    path: string,
    body?: unknown,
    accept?: string,
  ): Promise<unknown> {
    const signal = this.#signal;
    return await this.#client.request(path, {
      method,
      body,
      signal,
      accept,
      timeoutMs: TIMEOUT_MS,
    });
  }
}

/** A namespace that is being deleted takes nothing new, which is a 403 too, and then is gone. */
function isEnding(error: unknown): boolean {
  return hasStatus(error, 404) ||
    (hasStatus(error, 403) && messageOf(error).includes("is being terminated"));
}

/** One for each object and image: whoever leads finds it again. */
async function eventName(object: string, uid: string, image: string): Promise<string> {
  const bytes = new TextEncoder().encode(`${uid} ${image}`);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const hash = [...digest.slice(0, 8)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  // Names have at most 253 characters.
  return `${object.slice(0, 230).replace(/[^a-z0-9]+$/, "")}.${hash}`;
}
