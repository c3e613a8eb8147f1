import { assert, assertEquals } from "@std/assert";
import type { PulledEvent } from "../../../mod/pure/benefit/pulled_event.ts";
import {
  type ContainerStart,
  Starts,
  type Warmth,
  type WarmthCell,
} from "../../../mod/pure/benefit/starts.ts";

const BEGAN = Date.parse("2026-11-27T10:00:00Z");
const SECOND = 1_000;
const NOTHING: Warmth = {
  cell: () => undefined,
  usualPullSeconds: () => undefined,
  hasGpu: () => false,
};

/** Reports that say this of image `a` on node `n`. */
function reporting(cell: WarmthCell, rest: Partial<Warmth> = {}): Warmth {
  const isIt = (node: string, image: string) => node === "n" && image === "a";
  return { ...NOTHING, cell: (...of) => isIt(...of) ? cell : undefined, ...rest };
}

const warmSince = (seconds: number, pullSeconds?: number): WarmthCell => ({
  state: "warm",
  sinceMs: BEGAN + seconds * SECOND,
  pullSeconds,
});

function present(podUid: string, atSeconds: number, rest: Partial<PulledEvent> = {}): PulledEvent {
  return {
    podUid,
    namespace: "shop",
    container: "main",
    image: "a",
    node: "n",
    at: BEGAN + atSeconds * SECOND,
    result: "present",
    seconds: 0,
    waitingSeconds: 0,
    ...rest,
  };
}

function pulled(podUid: string, atSeconds: number, seconds: number): PulledEvent {
  return { ...present(podUid, atSeconds), result: "pulled", seconds, waitingSeconds: seconds };
}

/** Tells all events, each when it happens, and judges a minute after the last. */
function judged(warmth: Warmth, events: readonly PulledEvent[]): ContainerStart[] {
  const starts = new Starts(warmth, BEGAN);
  for (const event of events) starts.tell(event, event.at);
  return starts.judge(Math.max(...events.map(({ at }) => at)) + 60 * SECOND);
}

const results = (starts: readonly ContainerStart[]) => starts.map(({ result }) => result);

Deno.test("an image that was there makes a warm start, one that was pulled a cold one", () => {
  const [warm, cold] = judged(NOTHING, [present("p1", 10), pulled("p2", 20, 7)]);
  assertEquals(warm, {
    namespace: "shop",
    image: "a",
    result: "warm",
    waitedSeconds: 0,
    savedSeconds: 0,
    onGpu: false,
  });
  assertEquals([cold?.result, cold?.waitedSeconds], ["cold", 7]);
});

Deno.test("restarts and further containers of one image are no starts of their own", () => {
  const starts = judged(NOTHING, [
    pulled("p1", 10, 7),
    present("p1", 11, { container: "sibling" }),
    present("p1", 40),
    pulled("p1", 90, 0.2),
    present("p1", 95, { image: "b" }),
  ]);
  assertEquals(starts.map(({ image, result }) => [image, result]), [["a", "cold"], ["b", "warm"]]);
});

Deno.test("of the Events of a pod the first counts, in whatever order they come", () => {
  const starts = new Starts(NOTHING, BEGAN);
  starts.tell(present("p1", 11), BEGAN + 11 * SECOND);
  starts.tell(pulled("p1", 10, 3), BEGAN + 12 * SECOND);
  starts.tell(pulled("p2", 10, 3), BEGAN + 12 * SECOND);
  starts.tell(present("p2", 10), BEGAN + 12 * SECOND);
  assertEquals(results(starts.judge(BEGAN + 60 * SECOND)), ["cold", "cold"]);
});

Deno.test("a question to the registry about an image that was warm is no wait for a pull", () => {
  const warmth = reporting(warmSince(5, 30));
  const [asked, slow] = judged(warmth, [pulled("p1", 20, 0.4), pulled("p2", 60, 16)]);
  assertEquals([asked?.result, slow?.result], ["warm", "cold"]);
  assertEquals(asked?.waitedSeconds, 0.4);
  assertEquals(asked?.savedSeconds, 30 - 0.4);
});

Deno.test("a short pull of an image that became warm by it is a cold start", () => {
  assertEquals(results(judged(reporting(warmSince(20)), [pulled("p1", 20, 0.4)])), ["cold"]);
  assertEquals(
    results(judged(reporting({ state: "pulling", sinceMs: BEGAN }), [
      pulled("p1", 20, 0.4),
    ])),
    ["cold"],
  );
});

Deno.test("a question about an image that kubelet had pulled is a warm start that saves nothing", () => {
  const [cold, asked] = judged(NOTHING, [pulled("p1", 10, 7), pulled("p2", 60, 0.3)]);
  assertEquals([cold?.result, asked?.result, asked?.savedSeconds], ["cold", "warm", 0]);
});

Deno.test("a warm start saves our own pull on that node, else the median over nodes, else nothing", () => {
  const saved = (warmth: Warmth) => judged(warmth, [present("p1", 10)])[0]?.savedSeconds;
  const usualPullSeconds = () => 12;
  assertEquals(saved(reporting(warmSince(5, 30), { usualPullSeconds })), 30);
  assertEquals(saved(reporting(warmSince(5), { usualPullSeconds })), 12);
  assertEquals(saved(reporting(warmSince(5))), 0);
  assertEquals(saved({ ...NOTHING, usualPullSeconds }), 0);
  assertEquals(saved(reporting(warmSince(11, 30))), 0);
  assertEquals(saved(reporting({ state: "failed", sinceMs: BEGAN, pullSeconds: 30 })), 0);
});

Deno.test("what kubelet pulled for one pod is not saved by us for the next, until we pull it anew", () => {
  const warmth = (cell: WarmthCell) => reporting(cell, { usualPullSeconds: () => 12 });
  const events = [pulled("p1", 20, 7), present("p2", 30), present("p3", 300)];
  const saved = (cell: WarmthCell) =>
    judged(warmth(cell), events).map(({ savedSeconds }) => savedSeconds);
  assertEquals(saved(warmSince(21)), [0, 0, 0]);
  assertEquals(saved(warmSince(21, 9)), [0, 0, 0]);
  assertEquals(saved(warmSince(200, 9)), [0, 0, 9]);
});

Deno.test("seconds on nodes with GPUs are told apart", () => {
  const [start] = judged({ ...NOTHING, hasGpu: (node) => node === "n" }, [present("p1", 10)]);
  assertEquals(start?.onGpu, true);
});

Deno.test("what came before we began does not count, and its restarts do not either", () => {
  const starts = new Starts(NOTHING, BEGAN);
  starts.tell(present("old", -600), BEGAN);
  starts.tell(present("old", 30), BEGAN + 30 * SECOND);
  starts.tell(present("new", 30), BEGAN + 30 * SECOND);
  assertEquals(starts.judge(BEGAN + 60 * SECOND).length, 1);
});

Deno.test("a repetition that is told more than an hour after the first start is none", () => {
  const starts = new Starts(NOTHING, BEGAN);
  starts.tell(present("p1", 30), BEGAN + 2 * 3_600 * SECOND);
  assertEquals(starts.judge(BEGAN + 3 * 3_600 * SECOND), []);
});

Deno.test("a pull before we began is known, and a question is no pull", () => {
  const usualPullSeconds = () => 12;
  const savedAfter = (cell: WarmthCell, old: PulledEvent) => {
    const starts = new Starts(reporting(cell, { usualPullSeconds }), BEGAN);
    starts.tell(old, BEGAN);
    starts.tell(present("p1", 10), BEGAN + 10 * SECOND);
    return starts.judge(BEGAN + 60 * SECOND)[0]?.savedSeconds;
  };
  assertEquals(savedAfter(warmSince(-60), pulled("old", -61, 7)), 0);
  assertEquals(savedAfter(warmSince(-600), pulled("old", -60, 0.3)), 12);
});

Deno.test("a start is judged once reports have had their time, and a clock that is ahead holds nothing up", () => {
  const starts = new Starts(NOTHING, BEGAN);
  starts.tell(present("p1", 10), BEGAN + 10 * SECOND);
  starts.tell(present("ahead", 7_200), BEGAN + 10 * SECOND);
  assertEquals(starts.judge(BEGAN + 25 * SECOND), []);
  assertEquals(starts.judge(BEGAN + 26 * SECOND).length, 1);
  assertEquals(starts.untilMs, BEGAN + 11 * SECOND - 1);
  assertEquals(starts.judge(BEGAN + 131 * SECOND).length, 1);
  assertEquals(starts.pending, 0);
});

Deno.test("who takes over counts what the one before has not, and nothing twice", () => {
  for (let at = 12_000; at < 17_000; at += 37) {
    const before = new Starts(NOTHING, BEGAN);
    const events = Array.from({ length: 100 }, (_, i) => present(`p${i}`, Math.floor(i / 7)));
    for (const event of events) before.tell(event, event.at);
    const counted = before.judge(BEGAN + at).length;
    const after = new Starts(NOTHING, before.untilMs);
    for (const event of events) after.tell(event, BEGAN + at);
    // Those of the first second are as old as the beginning.
    assertEquals(counted + after.judge(BEGAN + 60 * SECOND).length, 93);
  }
});

Deno.test("a day of 150,000 pods does not grow it", () => {
  const starts = new Starts(NOTHING, BEGAN);
  let counted = 0;
  for (let i = 0; i < 150_000; i++) {
    const at = 1 + i * 0.576;
    starts.tell(present(crypto.randomUUID(), at), BEGAN + at * SECOND);
    if (i % 100 === 0) counted += starts.judge(BEGAN + at * SECOND).length;
    assert(starts.pending < 200);
  }
  assert(counted > 149_000);
});

Deno.test("a pull of kept bytes is a warm start that saves their fetch, once", () => {
  const cell: WarmthCell = { ...warmSince(0, 30), as: "bytes" };
  const [first, second, third] = judged(reporting(cell), [
    pulled("p1", 100, 6),
    pulled("p2", 200, 0.2),
    present("p3", 300),
  ]);
  assertEquals([first?.result, first?.waitedSeconds, first?.savedSeconds], ["warm", 6, 30]);
  assertEquals(
    [second?.result, second?.savedSeconds],
    ["warm", 0],
    "kubelet had the image by then",
  );
  assertEquals([third?.result, third?.savedSeconds], ["warm", 0]);
});

Deno.test("a pull that takes far longer than fetching the kept bytes did has fetched others", () => {
  const cell: WarmthCell = { ...warmSince(0, 30), as: "bytes" };
  assertEquals(results(judged(reporting(cell), [pulled("p1", 300, 61)])), ["cold"]);
});

Deno.test("bytes that came while kubelet was pulling have spared nothing", () => {
  const cell: WarmthCell = { ...warmSince(98, 30), as: "bytes" };
  assertEquals(results(judged(reporting(cell), [pulled("p1", 100, 6)])), ["cold"]);
});
