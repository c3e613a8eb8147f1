import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { WhyValue } from "../../../mod/pure/bucket/wire.ts";
import {
  type DueNotices,
  FailureNotices,
  NOTICE_RULES,
} from "../../../mod/pure/failures/failure_notices.ts";
import { Fleet } from "../../../mod/pure/fleet/fleet.ts";

const MINUTE = 60_000;
const START = Date.parse("2026-11-27T09:00:00Z");
const SINCE = "2026-11-27T09:00:00.000Z";

type Reason = WhyValue["reasons"][number];
const WEB: Reason = { kind: "Deployment", namespace: "shop", name: "web" };

/** A cluster that is looked at minute by minute; what is due counts as told. */
class Cluster {
  readonly fleet = new Fleet();
  readonly notices = new FailureNotices();
  readonly why = new Map<string, WhyValue>();

  want(reference: string, reasons: readonly Reason[] = [WEB], priority = 0): void {
    this.fleet.putWanted({ v: 1, reference, priority, placements: [{}], pullSecrets: [] });
    this.why.set(reference, { v: 1, count: reasons.length, reasons });
  }

  report(node: string, images: Record<string, [state: string, reason?: string]>): void {
    const entries = Object.entries(images).map(([reference, [state, reason]]) =>
      [reference, { state, since: SINCE, ...(reason !== undefined && { reason }) }] as const
    );
    const value = { v: 1 as const, node, agent: "1", at: SINCE };
    this.fleet.putReport({ ...value, images: Object.fromEntries(entries) }, 0);
  }

  look(minute: number): DueNotices {
    const now = { monotonicMs: minute * MINUTE, wallMs: START + minute * MINUTE };
    return this.notices.due({ fleet: this.fleet, why: (image) => this.why.get(image), now });
  }

  /** Image and count of each notice that is due, which are told. */
  tell(minute: number): string[] {
    const { notices } = this.look(minute);
    for (const each of notices) this.notices.told(each, each.count, minute * MINUTE);
    return notices.map(({ image, object, count }) => `${object.name} ${image} ${count}`);
  }
}

const NOT_FOUND = ["failed", "not_found: no such tag"] as [string, string];
const NETWORK = ["failed", "network: connection refused"] as [string, string];

Deno.test("a failure that lasts is told once, again after ten minutes, and no more once it is warm", () => {
  const cluster = new Cluster();
  cluster.want("r/app:1");
  cluster.report("a", { "r/app:1": NOT_FOUND });
  assertEquals(cluster.tell(1), []);
  assertEquals(cluster.tell(2), ["web r/app:1 1"]);
  assertEquals(cluster.tell(3), []);
  assertEquals(cluster.tell(11), []);
  assertEquals(cluster.tell(12), ["web r/app:1 2"]);
  cluster.report("a", { "r/app:1": ["warm"] });
  assertEquals(cluster.tell(30), []);
  cluster.report("a", { "r/app:1": NOT_FOUND });
  assertEquals(cluster.tell(31), ["web r/app:1 1"], "another time, another failure");
});

Deno.test("a failure that may pass by itself has ten minutes for it", () => {
  const cluster = new Cluster();
  cluster.want("r/app:1");
  cluster.report("a", { "r/app:1": NETWORK });
  assertEquals(cluster.tell(9), []);
  assertEquals(cluster.tell(10), ["web r/app:1 1"]);
});

Deno.test("a try between two failures is no end of it, a long silence is", () => {
  const cluster = new Cluster();
  cluster.want("r/app:1");
  cluster.report("a", { "r/app:1": NETWORK });
  cluster.tell(1);
  cluster.report("a", { "r/app:1": ["pulling"] });
  assertEquals(cluster.tell(10), []);
  cluster.report("a", { "r/app:1": NETWORK });
  assertEquals(cluster.tell(10.5), ["web r/app:1 1"]);
  cluster.report("a", { "r/app:1": ["pulling"] });
  assertEquals(cluster.tell(21), [], "over");
  cluster.report("a", { "r/app:1": NETWORK });
  assertEquals(cluster.tell(21.5), ["web r/app:1 1"]);
});

Deno.test("what waits, is skipped, or is not wanted any more is told to nobody", () => {
  const cluster = new Cluster();
  for (const image of ["r/waits:1", "r/skipped:1"]) cluster.want(image);
  cluster.report("a", {
    "r/waits:1": ["waiting", "disk: full"],
    "r/skipped:1": ["skipped", "no_room: too large"],
    "r/unwanted:1": NOT_FOUND,
  });
  assertEquals(cluster.tell(60), []);
});

Deno.test("objects whose pods would ask for it are told, few of them, and no settings", () => {
  const cluster = new Cluster();
  cluster.want("r/app:1", [
    { kind: "Setting", namespace: "", name: "list-images" },
    { ...WEB, how: "kept", revision: 3 },
    { ...WEB, name: "old", how: "guess" },
    { ...WEB, name: "pods", how: "pods" },
    ...Array.from({ length: 9 }, (_, number) => ({ ...WEB, name: `web-${number}` })),
  ]);
  cluster.report("a", { "r/app:1": NOT_FOUND });
  assertEquals(
    cluster.tell(2),
    ["pods", "web-0", "web-1", "web-2", "web-3"].map((name) => `${name} r/app:1 1`),
  );
});

Deno.test("5,000 images of a registry that is down make no storm, and the rest is counted", () => {
  const cluster = new Cluster();
  const images = Array.from({ length: 5_000 }, (_, number) => `r/app-${number}:1`);
  for (const image of images) cluster.want(image);
  cluster.report("a", Object.fromEntries(images.map((image) => [image, NETWORK])));
  assertEquals(cluster.look(15).untold, 4_980);
  const told: number[] = [];
  for (let minute = 15; minute < 75; minute += 0.5) told.push(cluster.tell(minute).length);
  const most = told.slice(1).map((count, at) => count + (told[at] ?? 0));
  assert(Math.max(...most) <= 2 * NOTICE_RULES.newPerMinute, `${Math.max(...most)} in a minute`);
  const { untold } = cluster.look(75);
  assertEquals(untold, 5_000 - NOTICE_RULES.kept);
});

Deno.test("what fails on most nodes, and what is most urgent, is told first", () => {
  const cluster = new Cluster();
  const images = Array.from({ length: 40 }, (_, number) => `r/app-${number}:1`);
  for (const image of images) cluster.want(image);
  cluster.want("r/urgent:1", [WEB], 1000);
  const all = Object.fromEntries([...images, "r/urgent:1"].map((image) => [image, NOT_FOUND]));
  cluster.report("a", all);
  cluster.report("b", { "r/app-39:1": NOT_FOUND });
  assertEquals(cluster.tell(5).slice(0, 2), ["web r/app-39:1 1", "web r/urgent:1 1"]);
});

Deno.test("the message says which image, where, the commonest reason, and what to do", () => {
  const cluster = new Cluster();
  cluster.want("r/app:1");
  for (const node of ["d", "c", "b", "a"]) cluster.report(node, { "r/app:1": NOT_FOUND });
  cluster.report("e", { "r/app:1": NETWORK });
  assertEquals(
    cluster.look(5).notices[0]?.message,
    "Image r/app:1 cannot be pulled ahead on 5 nodes (a, b, c, …): not_found: no such tag. " +
      "Check the image's name and tag, and whether it was pushed. " +
      "More: warm-images-controller why IMAGE.",
  );
});

Deno.test("of thousands of nodes all are counted, though few are asked why", () => {
  const cluster = new Cluster();
  cluster.want("r/app:1");
  for (let node = 0; node < 3_000; node++) cluster.report(`n${node}`, { "r/app:1": NETWORK });
  assertMatch(cluster.look(15).notices[0]?.message ?? "", / on 3000 nodes \(n0, n1, n10, …\): /);
});

Deno.test("what nodes say cannot break the line, nor make it long", () => {
  const cluster = new Cluster();
  cluster.want("r/app:1");
  cluster.report("a", { "r/app:1": ["failed", `odd: \u001b[31m\n${"x".repeat(5_000)}`] });
  const message = cluster.look(15).notices[0]?.message ?? "";
  assertMatch(message, /^[^\p{Cc}]+$/u);
  assert(new TextEncoder().encode(message).length <= 1024);
  assertStringIncludes(message, "warm-images-controller why");
});

Deno.test("an Event names no Secret, which may be that of another namespace", () => {
  const cluster = new Cluster();
  cluster.want("r/app:1");
  cluster.report("a", { "r/app:1": ["failed", "denied: with the login of secret bank/key: 401"] });
  cluster.look(1);
  const [notice] = cluster.look(30).notices;
  assertStringIncludes(notice?.message ?? "", "denied: with the login of a pull secret: 401");
  assertStringIncludes(notice?.message ?? "", "as a private image (warm-images/private)");
});
