import { parseGoDuration } from "../go_duration.ts";
import { parseImageReference } from "../images/image_reference.ts";
import { type Fields, fieldsOf, textOf } from "../objects/raw_value.ts";

/** That a node had an image for a pod: Kubernetes' Event with reason `Pulled`. */
export interface PulledEvent {
  readonly podUid: string;
  readonly namespace: string;
  /** Absent for an image volume, which has none. */
  readonly container?: string;
  /** Canonical, or as the pod names it where that is no reference. */
  readonly image: string;
  readonly node: string;
  /** When kubelet had it the first time, by the node's clock, in ms since the epoch; mostly full seconds. */
  readonly at: number;
  /** Whether it was there, or kubelet has asked the registry: policy `Always` always does. */
  readonly result: "present" | "pulled";
  /** How long the pull took; 0 where there was none. */
  readonly seconds: number;
  /** The same, with the time that it stood in kubelet's queue; up to Kubernetes 1.26 that is not told. */
  readonly waitingSeconds: number;
  /** Size of the image, from Kubernetes 1.30 on. */
  readonly bytes?: number;
}

/** More than ten alike in ten minutes come as one, in which the latest text stands. */
const COMBINED = "(combined from similar events): ";
const QUOTED = String.raw`"((?:[^"\\]|\\.)+)"`;
const PRESENT = new RegExp(`^Container image ${QUOTED} already present on machine`);
const PULLED = new RegExp(
  `^Successfully pulled image ${QUOTED} in (\\S+)(?: \\((\\S+) including waiting\\))?` +
    String.raw`(?:\. Image size: (\d+) bytes\.)?$`,
);
/** An API server takes 1024 characters at most in an Event's text. */
const MAX_CHARS = 1024;
/** No pull takes a day; whoever may write Events could say so. */
const MAX_SECONDS = 86_400;

/**
 * Reads an Event; undefined for one that is not kubelet's word of an image for a pod. The texts are
 * those of `pkg/kubelet/images/image_manager.go` from Kubernetes 1.26 to 1.37.
 */
export function readPulledEvent(raw: Fields): PulledEvent | undefined {
  const { involvedObject, source, reportingComponent, reportingInstance, reason } = raw;
  const pod = fieldsOf(involvedObject);
  const { component, host } = fieldsOf(source);
  const isKubelets = component === "kubelet" || reportingComponent === "kubelet";
  if (reason !== "Pulled" || pod["kind"] !== "Pod" || !isKubelets) return undefined;
  const message = textOf(raw["message"]) ?? "";
  const isCombined = message.startsWith(COMBINED);
  const told = readText(isCombined ? message.slice(COMBINED.length) : message);
  const podUid = textOf(pod["uid"]);
  const node = textOf(host) ?? textOf(reportingInstance);
  const at = timeOf(raw, isCombined);
  if (told === undefined || podUid === undefined || node === undefined || at === undefined) {
    return undefined;
  }
  const container = /^spec\.\w+\{(.+)\}$/.exec(textOf(pod["fieldPath"]) ?? "")?.[1];
  return {
    podUid,
    namespace: textOf(pod["namespace"]) ?? "",
    ...(container !== undefined && { container }),
    node,
    at,
    ...told,
  };
}

type Told = Pick<PulledEvent, "image" | "result" | "seconds" | "waitingSeconds" | "bytes">;

function readText(text: string): Told | undefined {
  if (text.length > MAX_CHARS) return undefined;
  const present = PRESENT.exec(text)?.[1];
  if (present !== undefined) {
    return { image: canonical(present), result: "present", seconds: 0, waitingSeconds: 0 };
  }
  const [, image, pull = "", waiting = pull, size] = PULLED.exec(text) ?? [];
  const [seconds, waitingSeconds] = [secondsOf(pull), secondsOf(waiting)];
  if (image === undefined || seconds === undefined || waitingSeconds === undefined) {
    return undefined;
  }
  return {
    image: canonical(image),
    result: "pulled",
    seconds,
    waitingSeconds,
    ...(size !== undefined && { bytes: Number(size) }),
  };
}

function secondsOf(text: string): number | undefined {
  const ms = parseGoDuration(text);
  return ms !== undefined && ms <= MAX_SECONDS * 1000 ? ms / 1000 : undefined;
}

function canonical(image: string): string {
  const parsed = parseImageReference(image);
  return "reference" in parsed ? parsed.reference.canonical : image;
}

/**
 * The time of what the text tells: a repeated Event is told anew with the same text, and its first
 * time is that of the first start; a combined one has the text of its last time.
 */
function timeOf(raw: Fields, isCombined: boolean): number | undefined {
  const { firstTimestamp, lastTimestamp, eventTime, series, metadata } = raw;
  const first = [firstTimestamp, eventTime, fieldsOf(metadata)["creationTimestamp"]];
  const last = [fieldsOf(series)["lastObservedTime"], lastTimestamp];
  for (const text of isCombined ? [...last, ...first] : first) {
    const ms = typeof text === "string" ? Date.parse(text) : NaN;
    if (!Number.isNaN(ms)) return ms;
  }
  return undefined;
}
