import { assertEquals } from "@std/assert";
import fc from "fast-check";
import type { MaybeDue } from "../../../mod/pure/node_gate/due_images.ts";
import type { ObservedNode } from "../../../mod/pure/objects/observed.ts";
import { byReference, dueImage, dueOn, WEB_NODE } from "./due_images.ts";

function due(images: readonly MaybeDue[], node: Partial<ObservedNode> = {}): readonly string[] {
  return dueOn({ ...WEB_NODE, ...node }, byReference(images));
}

function reason(kind: string, more: Partial<MaybeDue["reasons"][number]> = {}) {
  return { reasons: [{ kind, namespace: "shop", name: "web", ...more }] };
}

Deno.test("an image is due on the nodes that one of its due placements allows", () => {
  const web = dueImage("web:1", {
    due: [{ nodeSelector: { pool: "ci" } }, { nodeSelector: { pool: "web" } }],
  });
  const ci = dueImage("ci:1", { due: [{ nodeSelector: { pool: "ci" } }] });
  const { due: _, ...wanted } = dueImage("kept:1");
  assertEquals(due([web, ci, wanted]), ["web:1"]);
  assertEquals(due([web, ci], { labels: { pool: "ci" } }), ["ci:1", "web:1"]);
});

Deno.test("a taint that is no startup taint keeps images from being due", () => {
  const taints = [{ key: "gpu", effect: "NoSchedule" }];
  const tolerations = [{ key: "gpu", operator: "Exists" }];
  const images = [dueImage("a:1"), dueImage("gpu:1", { due: [{ tolerations }] })];
  assertEquals(due(images, { taints }), ["gpu:1"]);
});

Deno.test("nothing is due on a node that is skipped, or that no agent runs on", () => {
  const images = [dueImage("a:1", { due: [{ tolerations: [{ operator: "Exists" }] }] })];
  assertEquals(due(images, { skip: true }), []);
  assertEquals(due(images, { os: "windows" }), []);
  assertEquals(due(images, { os: "" }), ["a:1"]);
});

Deno.test("images of DaemonSets come first, of Kruise's too, and of those that are not followed", () => {
  const made = { group: "apps", kind: "DaemonSet", name: "net" };
  const images = [
    dueImage("a:1", { priority: 100, neededBy: "2026-01-01T00:00:00.000Z" }),
    dueImage("b:1", reason("DaemonSet")),
    dueImage("c:1", reason("AdvancedDaemonSet")),
    dueImage("d:1", reason("Pod", { of: made })),
    dueImage("e:1", { priority: 200, ...reason("DaemonSet", { how: "kept" }) }),
    dueImage("f:1", { priority: 150, ...reason("DaemonSet", { how: "also" }) }),
  ];
  assertEquals(due(images), ["b:1", "c:1", "d:1", "a:1", "e:1", "f:1"]);
});

Deno.test("then come those that pods wait for, the longest first, then by priority and by name", () => {
  const images = [
    dueImage("low:1", { priority: -1 }),
    dueImage("b:1"),
    dueImage("a:1"),
    dueImage("high:1", { priority: 9 }),
    dueImage("later:1", { priority: 9, neededBy: "2026-01-02T00:00:00.000Z" }),
    dueImage("first:1", { neededBy: "2026-01-01T00:00:00.000Z" }),
  ];
  assertEquals(due(images), ["first:1", "later:1", "high:1", "a:1", "b:1", "low:1"]);
});

Deno.test("the order is the same whatever the order of the input", () => {
  const image = fc.record({
    reference: fc.string({ minLength: 1, maxLength: 3 }),
    priority: fc.integer({ min: -1, max: 1 }),
    neededBy: fc.constantFrom(undefined, "2026-01-01", "2026-01-02"),
    kind: fc.constantFrom("Deployment", "DaemonSet"),
  });
  const images = fc.uniqueArray(image, { selector: ({ reference }) => reference });
  const shuffled = images.chain((all) =>
    fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))
  );
  fc.assert(fc.property(shuffled, ([all, other]) => {
    const list = (each: typeof all) =>
      due(
        each.map(({ reference, priority, neededBy, kind }) =>
          dueImage(reference, { priority, ...reason(kind), ...(neededBy && { neededBy }) })
        ),
      );
    assertEquals(list(other), list(all));
    assertEquals(list(all).toSorted(), all.map(({ reference }) => reference).sort());
  }));
});
