import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { faultsOf, imagesOf, object, workloadOf } from "./asked_by.ts";

const LABELS = { "warm-images/list": "true" };

function list(data: unknown, metadata: Record<string, unknown> = { labels: LABELS }) {
  return object("v1", "ConfigMap", {
    metadata: { name: "gpu", namespace: "ml", ...metadata },
    data,
  });
}

Deno.test("a list names one image a line, with comments and empty lines", () => {
  const images = "# models\nexample/a:1\n\n  example.com:5000/b@sha256:" + "a".repeat(64) +
    "  # big\r\n\texample/c:1\n";
  const raw = list({ images });
  assertEquals(imagesOf(raw), [
    ["example/a:1", `example.com:5000/b@sha256:${"a".repeat(64)}`, "example/c:1"],
  ]);
  const { kind, namespace, name, faults, shapes } = workloadOf(raw) ?? {};
  assertEquals([kind, namespace, name, faults], ["ConfigMap", "ml", "gpu", []]);
  assertEquals(shapes?.[0]?.placement, {});
});

Deno.test("a ConfigMap without the label is no list, whatever it holds", () => {
  const data = { images: "example/a:1" };
  assertEquals(workloadOf(list(data, {})), undefined);
  assertEquals(workloadOf(list(data, { labels: { "warm-images/list": "false" } })), undefined);
  assertEquals(workloadOf(list(data, { labels: { other: "true" } })), undefined);
});

Deno.test("each line that is no reference is named with its number, the others count", () => {
  const raw = list({ images: "example/a:1\nBad\n# x\nexample/b:1 example/c:1" });
  assertEquals(imagesOf(raw), [["example/a:1"]]);
  assertEquals(faultsOf(raw), [
    "data.images line 2: repository name must be lowercase",
    "data.images line 4: it contains white space",
  ]);
});

Deno.test("a list is wanted on the nodes of a pool that it describes, such as one of GPUs", () => {
  const tolerations = "- {key: nvidia.com/gpu, operator: Exists, effect: NoSchedule}\n";
  const selectors = ["pool: gpu\nzone: a\n", "pool=gpu\nzone = a\n", "{pool: gpu, zone: a}"];
  for (const nodeSelector of selectors) {
    const raw = list({ images: "example/a:1", nodeSelector, tolerations });
    assertEquals(workloadOf(raw)?.shapes[0]?.placement, {
      nodeSelector: { pool: "gpu", zone: "a" },
      tolerations: [{ key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" }],
    });
    assertEquals(faultsOf(raw), []);
  }
});

Deno.test("labels are texts, whatever YAML takes them for", () => {
  const raw = list({ images: "example/a:1", nodeSelector: "{version: 1.10, gpu: true}" });
  assertEquals(workloadOf(raw)?.shapes[0]?.placement.nodeSelector, {
    gpu: "true",
    version: "1.10",
  });
});

Deno.test("a selector that cannot be read selects no node, instead of all", () => {
  for (const nodeSelector of ["pool", "- pool", "pool: [", "pool=gpu\nzone"]) {
    const raw = list({ images: "example/a:1", nodeSelector });
    assertEquals(imagesOf(raw), [[]], nodeSelector);
    assertEquals(faultsOf(raw).length, 1, nodeSelector);
  }
  const raw = list({ images: "example/a:1", nodeSelector: { pool: "gpu" } });
  assertEquals([imagesOf(raw), faultsOf(raw)], [[[]], ["data.nodeSelector: it is not a text"]]);
});

Deno.test("tolerations that cannot be read tolerate nothing", () => {
  const raw = list({ images: "example/a:1", tolerations: "key: gpu" });
  assertEquals(imagesOf(raw), [["example/a:1"]]);
  assertEquals(workloadOf(raw)?.shapes[0]?.placement, {});
  assertEquals(faultsOf(raw), ["data.tolerations: it is not a list"]);
});

Deno.test("a priority is a word or a number", () => {
  const of = (priority: string) => workloadOf(list({ images: "example/a:1", priority }));
  assertEquals(of("high")?.marks, { priority: "high" });
  assertEquals(of(" low\n")?.marks, { priority: "low" });
  assertEquals([of("-5")?.shapes[0]?.priority, of("1000")?.shapes[0]?.priority], [-5, 1000]);
  assertEquals(of("very")?.faults.map(({ field }) => field), ["data.priority"]);
});

Deno.test("a list may say that its tags are moved", () => {
  const refreshOf = (refresh?: string) =>
    workloadOf(list({ images: "example/a:1", ...(refresh && { refresh }) }))?.shapes[0]?.wants[0]
      ?.refresh;
  assertEquals([refreshOf("true"), refreshOf("false"), refreshOf()], [true, undefined, undefined]);
});

Deno.test("a key that a list does not have is a fault: it may be meant to narrow it", () => {
  const raw = list({ images: "example/a:1", nodeselector: "pool=gpu" });
  assertEquals(faultsOf(raw), [
    "data.nodeselector: a list has no such key, only images, nodeSelector, tolerations, priority, " +
    "refresh",
  ]);
});

Deno.test("a list without images is a fault, one that is empty is none", () => {
  assertEquals(faultsOf(list({})), ["data.images: it is missing"]);
  assertEquals(faultsOf(list(undefined)), ["data.images: it is missing"]);
  assertEquals(faultsOf(list({ images: ["example/a:1"] })), ["data.images: it is not a text"]);
  assertEquals(faultsOf(list({ images: "" })), []);
});

Deno.test("a list that asks to be skipped is known to", () => {
  const metadata = { labels: { ...LABELS, "warm-images/skip": "true" } };
  assertEquals(workloadOf(list({ images: "example/a:1" }, metadata))?.skip, true);
});

Deno.test("any data is read without an error", () => {
  const text = fc.oneof(fc.string(), fc.constantFrom("a: [", "- &a [*a]", "!!js x", "{}", "k=v"));
  const data = fc.record({ images: text, nodeSelector: text, tolerations: text, priority: text });
  fc.assert(fc.property(fc.oneof(fc.anything(), data), (each) => {
    workloadOf(list(each));
  }));
});

Deno.test("a list that says neither true nor false of moved tags is told", () => {
  assertEquals(faultsOf(list({ images: "example/a:1", refresh: "yes" })), [
    "data.refresh: it is neither true nor false",
  ]);
  for (const refresh of ["true", " false\n"]) {
    assertEquals(faultsOf(list({ images: "example/a:1", refresh })), []);
  }
});
