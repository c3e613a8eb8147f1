import { assertEquals } from "@std/assert";
import type { ReadImageReport, ReportValue } from "../../../mod/pure/bucket/agent_wire.ts";
import { whyKey } from "../../../mod/pure/bucket/state_keys.ts";
import { WantedValues } from "../../../mod/pure/bucket/wanted_values.ts";
import { Fleet } from "../../../mod/pure/fleet/fleet.ts";
import { imageDetails, nodeDetails } from "../../../mod/pure/page/page_details.ts";
import { PageFeed } from "../../../mod/pure/page/page_feed.ts";
import type { PageChange, PageWhole } from "../../../mod/pure/page/page_view.ts";

const AT = "2026-11-27T10:00:00.000Z";

Deno.test("the first look is everything, and one without a change is nothing", () => {
  const { fleet, feed, look } = open();
  fleet.putReport(report("a", { "x:1": "warm", "y:1": "failed" }), 0);
  const change = look();
  assertEquals(change?.version, 1);
  assertEquals(cellsOf(feed.whole(), "a"), { "x:1": "warm", "y:1": "failed" });
  assertEquals(look(), undefined);
  assertEquals(feed.version, 1);
});

Deno.test("what is kept as bytes has a sign of its own, and the details say so", () => {
  const { fleet, feed, look, source } = open();
  const images = { "x:1": { state: "warm", as: "bytes" as const, since: AT } };
  fleet.putReport({ ...report("a", { "y:1": "warm" }), images }, 0);
  look();
  assertEquals(cellsOf(feed.whole(), "a"), { "x:1": "warm as bytes" });
  assertEquals(feed.whole()?.nodes.map(({ warm, asBytes }) => [warm, asBytes]), [[1, 1]]);
  assertEquals(nodeDetails(source(), "a")?.cells.map(({ as }) => as), ["bytes"]);
  fleet.putReport(report("a", { "x:1": "warm" }), 0);
  look();
  assertEquals(cellsOf(feed.whole(), "a"), { "x:1": "warm" });
});

Deno.test("a change has the rows that differ alone", () => {
  const { fleet, look } = open();
  fleet.putReport(report("a", { "x:1": "warm", "y:1": "warm" }), 0);
  fleet.putReport(report("b", { "x:1": "warm" }), 0);
  look();
  fleet.putReport(report("b", { "x:1": "failed: no" }), 0);
  const change = look();
  assertEquals(change?.nodes.map(({ node }) => node), ["b"]);
  assertEquals(change?.images.map(({ image, failed }) => [image, failed]), [["x:1", 1]]);
  assertEquals(change?.summary.failures, [{ reason: "failed", count: 1 }]);
});

Deno.test("a report that says what the one before said is no change", () => {
  const { fleet, look } = open();
  fleet.putReport(report("a", { "x:1": "warm" }), 0);
  look();
  fleet.putReport(report("a", { "x:1": "warm" }), 5);
  assertEquals(look(), undefined);
});

Deno.test("all changes, one after the other, lead to what is there in the end", () => {
  const { fleet, feed, look } = open();
  const seen = { nodes: new Map<string, string>(), images: new Map<string, number>() };
  const random = randomOf(7);
  for (let round = 0; round < 300; round++) {
    const node = `n${Math.floor(random() * 6)}`;
    if (random() < 0.2) fleet.delete({ type: "report", name: node });
    else {
      const images = Array.from(
        { length: 1 + Math.floor(random() * 4) },
        () =>
          [
            `i${Math.floor(random() * 9)}`,
            ["warm", "failed", "new-state"][round % 3] ?? "",
          ] as const,
      );
      fleet.putReport(report(node, Object.fromEntries(images)), 0);
    }
    if (random() < 0.5) take(seen, look());
  }
  take(seen, look());
  const whole = feed.whole();
  assertEquals(seen.nodes, new Map(whole?.nodes.map(({ node, cells }) => [node, cells])));
  assertEquals(seen.images, new Map(whole?.images.map(({ image, column }) => [image, column])));
  for (const node of fleet.nodes.values()) {
    const reported = Object.fromEntries(
      [...node.cells()].map(([image, { state }]) => [image, state]),
    );
    assertEquals(cellsOf(whole, node.name), reported);
  }
});

Deno.test("an agent that falls silent is a change, without any of the bucket", () => {
  const { fleet, look } = open();
  fleet.putReport(report("a", {}), 0);
  look(0);
  assertEquals(look(100_000), undefined);
  assertEquals(look(200_000)?.nodes.map(({ agent }) => agent), ["stale"]);
});

Deno.test("an image says why it failed, and why it is wanted", () => {
  const { fleet, feed, look, source } = open();
  fleet.putReport(report("a", { "x:1": "not_found: no tag" }), 0);
  fleet.putReport(report("b", { "x:1": "denied: no" }), 0);
  fleet.putReport(report("c", { "x:1": "warm" }), 0);
  look();
  assertEquals(feed.whole()?.images.map(({ failures }) => failures), [[
    { reason: "denied", count: 1 },
    { reason: "not_found", count: 1 },
  ]]);
  const reasons = [{ kind: "Pod", namespace: "shop", name: "web" }];
  const held = new Map([[whyKey("x:1"), JSON.stringify({ v: 1, count: 5, reasons })]]);
  const of = { fleet, wanted: new WantedValues(), held, now: { wallMs: 0, monotonicMs: 0 } };
  const details = imageDetails(of, "x:1");
  assertEquals(details?.why.reasons.map(({ kind, name }) => [kind, name]), [["Pod", "web"]]);
  assertEquals(details?.why.moreReasons, 4);
  assertEquals(details?.cells.map(({ name, state }) => [name, state]), [
    ["a", "failed"],
    ["b", "failed"],
    ["c", "warm"],
  ]);
  assertEquals(imageDetails(of, "y:1"), undefined);
  assertEquals(nodeDetails(source(), "d"), undefined);
  fleet.putReport(report("a", { "x:1": "warm" }), 0);
  fleet.delete({ type: "report", name: "b" });
  look();
  assertEquals(feed.whole()?.images.map(({ failures }) => failures), [[]]);
});

Deno.test("names of Secrets stand nowhere on the page, as whoever sees it may not list them", () => {
  const { fleet, source } = open();
  const secret = { namespace: "shop", name: "regcred" };
  const waits = "waits for the logins of secrets shop/regcred, desk/a and 2 more";
  const cell = (state: string, reason: string) => ({ state, reason, since: AT });
  const images = {
    "x:1": cell("failed", "denied: with the login of secret shop/regcred: 401"),
    "y:1": cell("waiting", waits),
  };
  const wanted = new WantedValues();
  for (const reference of ["x:1", "y:1"]) {
    const [pullSecrets, priority, placements] = [[secret], 0, [{}]];
    const uses = [{ mode: "bytes" as const, secrets: [secret] }];
    const value = { v: 1 as const, reference, priority, placements, pullSecrets, private: uses };
    wanted.putImage(value);
    fleet.putWanted(value);
  }
  fleet.putReport({ ...report("a", {}), nodeUid: "u", images }, 0);
  const where = { labels: {}, taints: [], architecture: "", os: "" };
  const gate = { until: AT, due: ["x:1", "y:1"] };
  const facts = { name: "a", uid: "u", ...where, unschedulable: false, skip: false, gate };
  fleet.putNode({ v: 1, ...facts });
  const now = { wallMs: 0, monotonicMs: 0 };
  const node = nodeDetails({ ...source(), wanted }, "a");
  const image = imageDetails({ fleet, wanted, held: new Map(), now }, "x:1");
  const text = JSON.stringify([node, image]);
  assertEquals(/regcred|desk/.test(text), false, text);
  assertEquals(image?.cells[0]?.reason, "denied: with the login of a pull secret: 401");
  assertEquals(node?.node.gate?.awaited[0]?.reason, "waits for the logins of pull secrets");
});

Deno.test("what keeps the controller from being ready is told, and notes beside it", () => {
  const { look } = open();
  const readiness = {
    ready: false,
    conditions: {
      nats: { holds: false, since: AT, reason: "Cannot reach NATS" },
      kubernetes: { holds: true, since: AT },
    },
    notes: { kinds: "KEDA is not followed" },
  };
  const { summary } = look(0, { readiness, synced: false }) ?? {};
  assertEquals([summary?.synced, summary?.troubles], [false, [
    { name: "nats", reason: "Cannot reach NATS", isNote: false },
    { name: "kinds", reason: "KEDA is not followed", isNote: true },
  ]]);
});

Deno.test("what starts of containers waited is told, where it is counted; else what agents saved", () => {
  const { fleet, held, look } = open();
  const uses = { since: AT, firstUses: 1, misses: 0, late: 0, unusedBytes: 0, savedSeconds: 7 };
  const images = { wanted: 0, warm: 0, pulling: 0, waiting: 0, failed: 0 };
  fleet.putBeat({ v: 1, node: "a", agent: "1", at: AT, images, uses }, 0);
  assertEquals(look()?.summary.savedSeconds, 7);
  const sums = { warm: 9, cold: 1, waitedSeconds: 3, savedSeconds: 40.4 };
  const namespaces = Array.from({ length: 12 }, (_, at) => ({ namespace: `n${at}`, ...sums }));
  const value = { v: 1, since: AT, until: AT, total: sums, namespaces, images: [] };
  held.set("benefit", JSON.stringify(value));
  const { summary } = look() ?? {};
  assertEquals([summary?.savedSeconds, summary?.benefit?.byNamespace.length], [40, 10]);
  held.set("benefit", "unreadable");
  assertEquals(look()?.summary.savedSeconds, 7);
});

function open() {
  const [fleet, wanted, feed] = [new Fleet(), new WantedValues(), new PageFeed("run")];
  const readiness = { ready: true, conditions: {} };
  const held = new Map<string, string>();
  const source = () => ({ fleet, wanted, held, synced: true, readiness, nowMs: 0 });
  const look = (nowMs = 0, also: Partial<Parameters<PageFeed["look"]>[0]> = {}) =>
    feed.look({ ...source(), nowMs, ...also });
  return { fleet, feed, look, source, held };
}

/** States by reference; one with a colon is a reason why it failed. */
function report(node: string, states: Readonly<Record<string, string>>): ReportValue {
  const images = Object.entries(states).map(([reference, state]): [string, ReadImageReport] => [
    reference,
    state.includes(":") ? { state: "failed", since: AT, reason: state } : { state, since: AT },
  ]);
  return { v: 1, node, agent: "0.3.0", at: AT, images: Object.fromEntries(images) };
}

function cellsOf(whole: PageWhole | undefined, name: string): Record<string, string | undefined> {
  const cells = whole?.nodes.find(({ node }) => node === name)?.cells ?? "";
  return Object.fromEntries(
    (whole?.images ?? []).flatMap(({ image, column }) => {
      const sign = cells[column] ?? "-";
      return sign === "-" ? [] : [[image, whole?.states[sign.charCodeAt(0) - 48]]];
    }),
  );
}

function take(
  seen: { nodes: Map<string, string>; images: Map<string, number> },
  change: PageChange | undefined,
): void {
  for (const name of change?.goneNodes ?? []) seen.nodes.delete(name);
  for (const reference of change?.goneImages ?? []) seen.images.delete(reference);
  for (const { node, cells } of change?.nodes ?? []) seen.nodes.set(node, cells);
  for (const { image, column } of change?.images ?? []) seen.images.set(image, column);
}

/** mulberry32: the same numbers in each run. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
