import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import { DueLists } from "../../../mod/pure/node_gate/due_lists.ts";
import type { MaybeDue } from "../../../mod/pure/node_gate/due_images.ts";
import type { ObservedNode } from "../../../mod/pure/objects/observed.ts";
import { byReference, dueImage, dueOn, WEB_NODE } from "./due_images.ts";

const IMAGES = byReference([
  dueImage("a:1"),
  dueImage("b:1", { due: [{ nodeSelector: { pool: "web" } }] }),
]);

function listOf(lists: DueLists, node: ObservedNode, images: ReadonlyMap<string, MaybeDue>) {
  const list = lists.of([node], images).get(node.name);
  assert(list);
  return list;
}

Deno.test("a node's list is the very same again while neither it nor what is due has changed", () => {
  const lists = new DueLists();
  const first = listOf(lists, WEB_NODE, IMAGES);
  assertEquals(first, ["a:1", "b:1"]);
  assertStrictEquals(listOf(lists, WEB_NODE, new Map(IMAGES)), first);
  // A node that starts is made anew in each pass.
  assertStrictEquals(listOf(lists, { ...WEB_NODE, taints: [] }, IMAGES), first);
});

Deno.test("a list is the very same again where what has changed comes to the same", () => {
  const lists = new DueLists();
  const first = listOf(lists, WEB_NODE, IMAGES);
  const reasons = [{ kind: "Job", namespace: "shop", name: "other" }];
  const others = byReference([
    ...IMAGES.values().map((image) => ({
      ...image,
      reasons,
      due: structuredClone(image.due ?? []),
    })),
    dueImage("far:1", { due: [{ nodeSelector: { pool: "far" } }] }),
  ]);
  assertStrictEquals(listOf(lists, WEB_NODE, others), first);
  assertStrictEquals(
    listOf(lists, { ...WEB_NODE, labels: { pool: "web", zone: "a" } }, others),
    first,
  );
});

Deno.test("a list follows where images are due, their order, and the node", () => {
  const lists = new DueLists();
  const first = listOf(lists, WEB_NODE, IMAGES);
  const higher = byReference([dueImage("a:1"), dueImage("b:1", { priority: 1 })]);
  assertEquals(listOf(lists, WEB_NODE, higher), ["b:1", "a:1"]);
  const fewer = byReference([
    dueImage("a:1", { due: [{ nodeSelector: { pool: "ci" } }] }),
    dueImage("b:1"),
  ]);
  assertEquals(listOf(lists, WEB_NODE, fewer), ["b:1"]);
  const again = listOf(lists, WEB_NODE, IMAGES);
  assertEquals(again, first);
  const changes: readonly Partial<ObservedNode>[] = [
    { labels: { pool: "ci" } },
    { taints: [{ key: "gpu", effect: "NoSchedule" }] },
    { skip: true },
    { os: "windows" },
    { unschedulable: true },
  ];
  for (const change of changes) {
    const node = { ...WEB_NODE, ...change };
    assertEquals(listOf(lists, node, IMAGES), dueOn(node, IMAGES));
    assert(listOf(lists, node, IMAGES) !== again);
    assertEquals(listOf(lists, WEB_NODE, IMAGES), first);
  }
});

Deno.test("resources that a node registers make images due", () => {
  const lists = new DueLists();
  const images = byReference([dueImage("gpu:1", { due: [{ resources: ["nvidia.com/gpu"] }] })]);
  const withResources = (resources: readonly string[]) =>
    listOf(lists, { ...WEB_NODE, resources }, images);
  assertEquals(listOf(lists, WEB_NODE, images), ["gpu:1"]);
  assertEquals(withResources([]), []);
  assertEquals(withResources(["nvidia.com/gpu"]), ["gpu:1"]);
});

Deno.test("lists are those of the nodes that are asked for, each as if it were alone", () => {
  const pool = fc.constantFrom("web", "ci", "far");
  const node = fc.record({ number: fc.nat(5), pool, os: fc.constantFrom("linux", "windows", "") });
  const image = fc.record({
    name: fc.nat(5),
    priority: fc.nat(2),
    pools: fc.array(pool, { minLength: 1, maxLength: 2 }),
  });
  const pass = fc.record({
    nodes: fc.uniqueArray(node, { selector: ({ number }) => number }),
    images: fc.uniqueArray(image, { selector: ({ name }) => name }),
  });
  fc.assert(fc.property(fc.array(pass, { maxLength: 5 }), (passes) => {
    const lists = new DueLists();
    for (const each of passes) {
      const nodes = each.nodes.map(({ number, pool, os }): ObservedNode => ({
        ...WEB_NODE,
        name: `node-${number}`,
        labels: { pool },
        os,
      }));
      const images = byReference(
        each.images.map(({ name, priority, pools }) =>
          dueImage(`app:${name}`, {
            priority,
            due: pools.map((pool) => ({ nodeSelector: { pool } })),
          })
        ),
      );
      const expected = new Map(nodes.map((node) => [node.name, dueOn(node, images)]));
      assertEquals(lists.of(nodes, images), expected);
    }
  }));
});
