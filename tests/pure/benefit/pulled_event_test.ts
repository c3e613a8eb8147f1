import { assertEquals } from "@std/assert";
import { readPulledEvent } from "../../../mod/pure/benefit/pulled_event.ts";
import { PULLED_TEXTS } from "./pulled_texts.ts";

const FIRST = "2026-11-27T10:00:00Z";
const LAST = "2026-11-27T10:05:00Z";
const present = (image: string) => `Container image "${image}" already present on machine`;

function eventOf(message: string, rest: Readonly<Record<string, unknown>> = {}) {
  return {
    reason: "Pulled",
    message,
    involvedObject: {
      kind: "Pod",
      namespace: "shop",
      name: "web-1",
      uid: "u-1",
      fieldPath: "spec.containers{main}",
    },
    source: { component: "kubelet", host: "worker-1" },
    reportingComponent: "kubelet",
    reportingInstance: "worker-1",
    firstTimestamp: FIRST,
    lastTimestamp: LAST,
    count: 1,
    ...rest,
  };
}

for (const { kubernetes, from, message, ...told } of PULLED_TEXTS) {
  Deno.test(`the text of Kubernetes ${kubernetes} is read: ${message} (${from})`, () => {
    assertEquals(readPulledEvent(eventOf(message)), {
      podUid: "u-1",
      namespace: "shop",
      container: "main",
      node: "worker-1",
      at: Date.parse(FIRST),
      seconds: 0,
      waitingSeconds: 0,
      ...told,
    });
  });
}

Deno.test("containers of all kinds are named, and image volumes have none", () => {
  const containerAt = (fieldPath?: string) => {
    const { involvedObject } = eventOf("");
    const raw = eventOf(present("a:1"), { involvedObject: { ...involvedObject, fieldPath } });
    return readPulledEvent(raw)?.container;
  };
  assertEquals(containerAt("spec.initContainers{first}"), "first");
  assertEquals(containerAt("spec.ephemeralContainers{debugger}"), "debugger");
  assertEquals(containerAt(undefined), undefined);
});

Deno.test("the node and the time are read of both forms of Events", () => {
  const form = {
    source: {},
    firstTimestamp: null,
    lastTimestamp: null,
    eventTime: "2026-11-27T10:00:00.123456Z",
    series: { count: 3, lastObservedTime: LAST },
  };
  const read = readPulledEvent(eventOf(present("a:1"), form));
  assertEquals([read?.node, read?.at], ["worker-1", Date.parse("2026-11-27T10:00:00.123Z")]);
});

Deno.test("a combined Event tells what happened last, a repeated one what happened first", () => {
  const combined = `(combined from similar events): ${present("a:1")}`;
  assertEquals(readPulledEvent(eventOf(combined, { count: 12 }))?.at, Date.parse(LAST));
  assertEquals(readPulledEvent(eventOf(combined))?.image, "docker.io/library/a:1");
  assertEquals(readPulledEvent(eventOf(present("a:1"), { count: 12 }))?.at, Date.parse(FIRST));
});

Deno.test("what is not kubelet's word of an image for a pod is not read", () => {
  const { involvedObject } = eventOf("");
  const unread = [
    {},
    { reason: "Pulled", message: 7, involvedObject: null },
    eventOf(present("a:1"), { reason: "Pulling" }),
    eventOf(present("a:1"), { involvedObject: { ...involvedObject, kind: "Node" } }),
    eventOf(present("a:1"), { involvedObject: { ...involvedObject, uid: "" } }),
    eventOf(present("a:1"), { source: { component: "me" }, reportingComponent: "me" }),
    eventOf(present("a:1"), { source: {}, reportingInstance: "" }),
    eventOf(present("a:1"), { firstTimestamp: "yesterday" }),
    eventOf("Successfully pulled image"),
    eventOf('Successfully pulled image "a:1" in no time'),
    eventOf('Successfully pulled image "a:1" in 25h0m0s'),
    eventOf('Successfully pulled image "a:1" in 1s (never including waiting)'),
    eventOf(present("a".repeat(2_000))),
  ];
  for (const raw of unread) assertEquals(readPulledEvent(raw), undefined, JSON.stringify(raw));
});

Deno.test("an image that is no reference keeps its name", () => {
  const id = "a".repeat(64);
  assertEquals(readPulledEvent(eventOf(present(id)))?.image, id);
});
