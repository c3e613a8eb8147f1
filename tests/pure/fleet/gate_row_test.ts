import { assertEquals } from "@std/assert";
import type { ReadImageReport } from "../../../mod/pure/bucket/agent_wire.ts";
import { WantedValues } from "../../../mod/pure/bucket/wanted_values.ts";
import type { NodeGateValue } from "../../../mod/pure/bucket/wire.ts";
import { Fleet } from "../../../mod/pure/fleet/fleet.ts";
import { gateRow } from "../../../mod/pure/fleet/gate_row.ts";
import { statusText } from "../../../mod/pure/fleet/status_text.ts";
import { statusView } from "../../../mod/pure/fleet/status_view.ts";
import { PageFeed } from "../../../mod/pure/page/page_feed.ts";
import { nodeDetails } from "../../../mod/pure/page/page_details.ts";
import type { TextTable } from "../../../mod/pure/text_table.ts";

const AT = "2026-11-27T10:00:00.000Z";
const UNTIL = "2026-11-27T10:03:00.000Z";
const now = { wallMs: Date.parse(AT), monotonicMs: 100_000 };

const pulling: ReadImageReport = { state: "pulling", since: AT };
const warm: ReadImageReport = { state: "warm", since: AT };
const notFound: ReadImageReport = { state: "failed", since: AT, reason: "not_found: no tag" };
const refused: ReadImageReport = { state: "failed", since: AT, reason: "network: refused" };
const REPORTED = { "a:1": warm, "b:1": pulling, "c:1": refused, "d:1": notFound };
const DUE = ["a:1", "b:1", "c:1", "d:1", "e:1"];

Deno.test("a gate says how many due images are warm, what is awaited, and what is hopeless", () => {
  assertEquals(rowOf({ due: DUE }, REPORTED), {
    until: UNTIL,
    due: 5,
    warm: 1,
    awaited: [
      { image: "b:1", state: "pulling" },
      { image: "c:1", state: "failed", reason: "network: refused" },
      { image: "e:1", state: "missing" },
    ],
    hopeless: [{ image: "d:1", reason: "not_found: no tag" }],
  });
});

Deno.test("a node without a gate has none", () => {
  assertEquals(rowOf(undefined, REPORTED), undefined);
});

Deno.test("what the node of that name before it had is nothing of a new node", () => {
  for (const uid of ["uid-0", null]) {
    const row = rowOf({ due: ["a:1"] }, REPORTED, uid);
    assertEquals(row?.warm, 0);
    assertEquals(row?.awaited, [{ image: "a:1", state: "missing" }]);
  }
});

Deno.test("twenty images are named, and the others counted", () => {
  const due = Array.from({ length: 50 }, (_, i) => `x${i}:1`);
  const row = rowOf({ due }, Object.fromEntries(due.slice(25).map((each) => [each, notFound])));
  assertEquals([row?.awaited.length, row?.hopeless.length, row?.unnamed], [20, 20, 10]);
});

Deno.test("a report that was not read whole says nothing of due images", () => {
  const fleet = fleetOf({ due: DUE, share: 0.5 }, REPORTED, "uid-1", true);
  const node = fleet.nodes.get("n");
  assertEquals(node && gateRow(node), {
    until: UNTIL,
    due: 5,
    share: 0.5,
    awaited: [],
    hopeless: [],
  });
});

Deno.test("status says of how many nodes, how far they are, and until when", () => {
  const fleet = fleetOf({ due: DUE }, REPORTED);
  const all = statusOf(fleet, []);
  assertEquals(all.status.summary.gated, 1);
  const text = statusText(all.status, true);
  assertEquals(text.includes("1 new node is kept from pods until it is warm"), true);
  const table = text.find((part): part is TextTable => typeof part !== "string");
  assertEquals(table?.heads.slice(0, 3), ["node", "warm", "gate"]);
  assertEquals(table?.cells[0]?.[2], { text: "1/5", tone: "busy" });

  const [, line, due] = statusText(statusOf(fleet, ["n"]).status, false);
  assertEquals(
    line,
    "kept from pods until it is warm: 1 of 5 due images warm; for 3 min more at most",
  );
  assertEquals((due as TextTable).cells, [
    ["b:1", { text: "pulling", tone: "busy" }, ""],
    ["c:1", { text: "failed", tone: "busy" }, "network: refused"],
    ["e:1", { text: "missing", tone: "busy" }, ""],
    ["d:1", { text: "not waited for", tone: "bad" }, "not_found: no tag"],
  ]);
});

Deno.test("a share is told, and a limit that has passed, and one that is no time", () => {
  const lineOf = (gate: Partial<NodeGateValue>) =>
    statusText(
      statusOf(fleetOf({ due: ["a:1", "e:1"], ...gate }, REPORTED), ["n"]).status,
      false,
    )[1];
  assertEquals(
    lineOf({ share: 0.8, until: AT }),
    "kept from pods until it is warm: 1 of 2 due images warm, 80 % are enough; its time is up",
  );
  assertEquals(
    lineOf({ due: [] }),
    "kept from pods until it is warm: no image is due yet; for 3 min more at most",
  );
  assertEquals(
    lineOf({ until: "soon\u0007" }),
    "kept from pods until it is warm: 1 of 2 due images warm; until soon\\u0007 at most",
  );
});

Deno.test("where no node has a gate, status has no word of it", () => {
  const text = statusText(statusOf(fleetOf(undefined, REPORTED), []).status, true);
  assertEquals(JSON.stringify(text).includes("gate"), false);
  assertEquals(JSON.stringify(text).includes("kept"), false);
});

Deno.test("the page's rows leave names out, which a node's details have", () => {
  const fleet = fleetOf({ due: DUE }, REPORTED);
  const source = {
    fleet,
    wanted: new WantedValues(),
    held: new Map<string, string>(),
    synced: true,
    readiness: { ready: true, conditions: {} },
    nowMs: now.monotonicMs,
  };
  const change = new PageFeed("r").look(source);
  assertEquals(change?.nodes[0]?.gate, { until: UNTIL, due: 5, warm: 1 });
  assertEquals(nodeDetails(source, "n")?.node.gate?.awaited.length, 3);
});

function rowOf(
  gate: Partial<NodeGateValue> | undefined,
  images: Record<string, ReadImageReport>,
  nodeUid: string | null = "uid-1",
) {
  const node = fleetOf(gate, images, nodeUid).nodes.get("n");
  return node && gateRow(node);
}

function fleetOf(
  gate: Partial<NodeGateValue> | undefined,
  images: Record<string, ReadImageReport>,
  nodeUid: string | null = "uid-1",
  isPartial = false,
): Fleet {
  const fleet = new Fleet();
  const where = { labels: {}, taints: [], architecture: "amd64", os: "linux" };
  fleet.putNode({
    ...{ v: 1, name: "n", uid: "uid-1", ...where, unschedulable: false, skip: false },
    ...(gate && { gate: { due: [], until: UNTIL, ...gate } }),
  });
  const head = { v: 1 as const, node: "n", agent: "0.4.0", at: AT, images };
  fleet.putReport({ ...head, ...(nodeUid !== null && { nodeUid }) }, 90_000, isPartial);
  return fleet;
}

function statusOf(fleet: Fleet, names: readonly string[]) {
  const wanted = new WantedValues();
  const unreadable = { size: 0 };
  return statusView(
    { fleet, wanted, meta: undefined, laterVersion: undefined, unreadable, now },
    names,
  );
}
