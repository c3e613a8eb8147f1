import type { UseEvent } from "../uses/use_event.ts";
import { isRecord } from "../bucket/decode.ts";

/** Of the events of containerd, those that are followed. */
export const EVENT_TOPICS = [
  "/images/create",
  "/images/update",
  "/images/delete",
  "/containers/create",
] as const;

type Topic = typeof EVENT_TOPICS[number];

/** What a line of `ctr events` tells. */
export type CtrEvent =
  | Exclude<UseEvent, { readonly type: "following" }>
  | { readonly type: "deleted"; readonly reference: string };

/** DATE TIME ZONE NAMESPACE TOPIC JSON; a zone has two words. */
const LINE = /^\d\S* \S+ \S+ \S+ \S+ (\/\S+) (\{.*\})\s*$/;

/** The CRI plug-in pulls with this label; on images that others pull it puts it afterwards. */
const OF_CRI = "io.cri-containerd.image";

/**
 * Reads one line of `ctr events`; undefined for what is not followed, and for the names that
 * containerd's CRI plug-in gives to configurations (`sha256:…`).
 */
export function parseEvent(line: string): CtrEvent | undefined {
  const [, topic, json = ""] = LINE.exec(line) ?? [];
  if (!isFollowed(topic)) return undefined;
  const event = parsed(json);
  if (event === undefined) return undefined;
  const reference = topic === "/containers/create" ? event.image : event.name;
  if (typeof reference !== "string" || reference === "" || reference.startsWith("sha256:")) {
    return undefined;
  }
  switch (topic) {
    case "/containers/create":
      return { type: "used", reference };
    case "/images/delete":
      return { type: "deleted", reference };
    default:
      return {
        type: "named",
        reference,
        isNew: topic === "/images/create",
        byKubelet: isRecord(event.labels) && event.labels[OF_CRI] === "managed",
      };
  }
}

function isFollowed(topic: string | undefined): topic is Topic {
  return EVENT_TOPICS.some((each) => each === topic);
}

function parsed(json: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const event: unknown = JSON.parse(json);
    return isRecord(event) ? event : undefined;
  } catch {
    return undefined;
  }
}
