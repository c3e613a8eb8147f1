import { assertEquals } from "@std/assert";
import { mergeObjects } from "../../../mod/adapters/manifests/merge_objects.ts";
import { seenObjects } from "../../../mod/pure/wants/seen_objects.ts";
import { imagesOf, podObject, read } from "./manifest_reading.ts";

/** Merges objects, each in a file of its own that is named after its place. */
async function merge(...objects: object[]) {
  const located = await Promise.all(objects.map(async (object, index) => {
    const { observed } = await read(JSON.stringify(object));
    return observed.map((object) => ({ file: `${index + 1}.yaml`, object }));
  }));
  const { records, objects: count, duplicates } = mergeObjects(located.flat());
  return { images: imagesOf(records), seen: seenObjects(records), count, duplicates };
}

const named = (kind: string, metadata: object, image: string) => ({
  apiVersion: kind === "Pod" ? "v1" : "batch/v1",
  kind,
  metadata,
  spec: kind === "Pod"
    ? { containers: [{ image }] }
    : { template: { spec: { containers: [{ image }] } } },
});

Deno.test("of an object that comes twice the images of both count, and both places are named", async () => {
  const { images, count, duplicates } = await merge(
    podObject("a", "old"),
    { apiVersion: "v1", kind: "Namespace", metadata: { name: "a" } },
    podObject("a", "new"),
    named("Job", { name: "a" }, "job"),
    named("Pod", { name: "a", namespace: "other" }, "other"),
  );
  assertEquals(images, ["old", "new", "job", "other"]);
  assertEquals(count, 5);
  assertEquals(duplicates, ['Pod default/a is in "1.yaml" and again in "3.yaml"']);
});

Deno.test("objects whose name is generated, or that have none, are each one of their own", async () => {
  for (const kind of ["Pod", "Job"]) {
    const { images, seen, duplicates } = await merge(
      named(kind, { generateName: "seed-" }, "a"),
      named(kind, { generateName: "seed-" }, "b"),
      named(kind, {}, "c"),
      named(kind, {}, "d"),
    );
    assertEquals(images, ["a", "b", "c", "d"]);
    assertEquals(duplicates, []);
    assertEquals(seen.workloads.map(({ name }) => name), ["seed-*", "seed-* (2)", ""]);
  }
});

Deno.test("what one of several objects of a generated name is marked with is not so of the others", async () => {
  const annotations = { "warm-images/priority": "high" };
  const { seen } = await merge(
    named("Job", { generateName: "seed-", annotations }, "a"),
    named("Job", { generateName: "seed-" }, "b"),
    named("Job", { generateName: "seed-", namespace: "other" }, "c"),
  );
  assertEquals(seen.workloads.map(({ marks }) => marks?.priority), ["high", undefined, undefined]);
});

Deno.test("an object that is skipped hides no other of its name", async () => {
  const skipped = { name: "a", annotations: { "warm-images/skip": "true" } };
  for (const turn of [[0, 1], [1, 0]]) {
    const both = [named("Pod", skipped, "no"), podObject("a", "yes")];
    const { images, seen } = await merge(...turn.map((index) => both[index] as object));
    assertEquals([images, seen.workloads.map(({ skip }) => skip)], [["yes"], [false]]);
  }
});

Deno.test("an object that is suspended delays no other of its name", async () => {
  const cronJob = (suspend: boolean) => ({
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: { name: "a" },
    spec: { schedule: "@daily", suspend, jobTemplate: {} },
  });
  for (const turn of [[true, false], [false, true]]) {
    const { seen } = await merge(...turn.map(cronJob));
    assertEquals(seen.workloads.map(({ schedule }) => schedule?.suspended), [false]);
  }
});

Deno.test("of a node that comes twice the last one counts", async () => {
  const node = (zone: string) => ({
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: "n", labels: { zone } },
  });
  const { seen, duplicates } = await merge(node("a"), node("b"));
  assertEquals(seen.nodes.map(({ labels }) => labels["zone"]), ["b"]);
  assertEquals(duplicates, ['Node n is in "1.yaml" and again in "2.yaml"']);
});

Deno.test("of an object that comes twice what both name in variables counts where it is marked", async () => {
  const operator = (name: string) => {
    const env = [{ name: "RELATED_IMAGE_A", value: `reg.lab/${name}:1` }];
    const metadata = { name: "operator", annotations: { "warm-images/also": "env" } };
    const spec = { containers: [{ name: "c", image: "operator", env }] };
    return { apiVersion: "v1", kind: "Pod", metadata, spec };
  };
  const { seen } = await merge(operator("old"), operator("new"));
  const also = seen.workloads.flatMap(({ also = [] }) => also);
  assertEquals(also.map(({ written }) => written), ["reg.lab/old:1", "reg.lab/new:1"]);
});
