import { assertEquals } from "@std/assert";
import { WantedValues } from "../../../mod/pure/bucket/wanted_values.ts";
import { Fleet } from "../../../mod/pure/fleet/fleet.ts";
import { statusText } from "../../../mod/pure/fleet/status_text.ts";
import { statusView } from "../../../mod/pure/fleet/status_view.ts";

const AT = "2026-11-27T10:00:00.000Z";
const now = { wallMs: Date.parse(AT), monotonicMs: 100_000 };

Deno.test("a node that is gone says so, and how long its images took to come", () => {
  const fleet = new Fleet();
  const where = { labels: {}, taints: [], architecture: "amd64", os: "linux" };
  fleet.putNode({ v: 1, name: "b", uid: "b", ...where, unschedulable: false, skip: false });
  const image = { state: "warm", since: AT, bytes: 2e6, pullSeconds: 0.25 };
  fleet.putReport({ v: 1, node: "a", agent: "0.3.0", at: AT, images: { "x:1": image } }, 90_000);
  const of = {
    fleet,
    wanted: new WantedValues(),
    meta: undefined,
    laterVersion: undefined,
    unreadable: { size: 0 },
    now,
  };
  const text = statusText(statusView(of, ["a"]).status, false);
  assertEquals(
    text[0],
    "node a: 1 of 1 images warm; sign of its agent 10 s ago; no such Node; version 0.3.0",
  );
  assertEquals(JSON.stringify(text[1]).includes("2.0 MB in 0.3 s"), true);
});

Deno.test("images that are kept as bytes are told apart from others, and from nothing in JSON", () => {
  const fleet = new Fleet();
  const images = {
    "x:1": { state: "warm", as: "bytes" as const, since: AT, bytes: 2e6 },
    "y:1": { state: "warm", since: AT, bytes: 2e6 },
  };
  fleet.putReport({ v: 1, node: "a", agent: "0.4.0", at: AT, images }, 90_000);
  const of = {
    fleet,
    wanted: new WantedValues(),
    meta: undefined,
    laterVersion: undefined,
    unreadable: { size: 0 },
    now,
  };
  const { status } = statusView(of, ["a", "x:1"]);
  const text = JSON.stringify(statusText(status, false));
  for (const part of ["2 of 2 images warm, 1 as bytes", "warm on 1 of 1 node, 1 as bytes"]) {
    assertEquals(text.includes(part), true, part);
  }
  assertEquals(text.match(/"warm as bytes"/g)?.length, 2);
  assertEquals(status.nodes[0]?.has?.map(({ as }) => as), ["bytes", undefined]);
  assertEquals(status.nodes[0]?.warm, 2);
  const all = statusView(of, []).status;
  assertEquals(all.summary.counts.warm, 2);
  assertEquals(all.summary.asBytes, 1);
});
