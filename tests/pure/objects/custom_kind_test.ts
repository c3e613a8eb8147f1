import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { customKind } from "../../../mod/pure/objects/custom_kind.ts";
import { faultsOf, imagesOf, object, placementsOf, workloadOf } from "./asked_by.ts";

const API = "example.com/v1";

function widget(spec: unknown, rest: Record<string, unknown> = {}) {
  return object(API, "Widget", { spec, ...rest });
}

const POD = { containers: [{ image: "example/pod:1" }] };

Deno.test("a kind that is asked for has its pod-shaped parts found without a path", () => {
  const raw = widget({ template: { spec: POD } });
  assertEquals(imagesOf(raw, ["widgets.example.com"]), [["example/pod:1"]]);
  assertEquals(workloadOf(raw, ["widgets.example.com"])?.kind, "Widget.example.com");
});

Deno.test("a kind that is asked for as it is told is found by its name", () => {
  const raw = widget({ image: "a", template: { spec: POD } });
  assertEquals(imagesOf(raw, ["Widget.example.com"]), [["example/pod:1"]]);
  const words = ["Widget.example.com", "widgets.example.com=.spec.image"];
  assertEquals(imagesOf(raw, words), [["example/pod:1"], ["a"]]);
});

Deno.test("the resource of a kind in a manifest is found, however its plural is made", () => {
  for (
    const [kind, plural] of [
      ["Gateway", "gateways"],
      ["Policy", "policies"],
      ["Box", "boxes"],
      ["Class", "classes"],
      ["Sheep", "sheep"],
    ]
  ) {
    const raw = object(API, kind ?? "", { spec: { template: { spec: POD } } });
    assertEquals(imagesOf(raw, [`${plural}.example.com`]), [["example/pod:1"]], kind);
  }
});

Deno.test("a path names a text or a list of texts, in Kubernetes' ways to write it too", () => {
  const raw = widget({ image: "a", more: ["b", "c"], items: [{ name: "d" }, { name: "e" }] });
  const of = (path: string) => imagesOf(raw, [`widgets.example.com=${path}`]).flat();
  for (
    const path of [".spec.image", "$.spec.image", "spec.image", "{.spec.image}", "{ $.spec.image }"]
  ) {
    assertEquals(of(path), ["a"], path);
  }
  assertEquals(of(".spec.more"), ["b", "c"]);
  assertEquals(of(".spec.more[*]"), ["b", "c"]);
  assertEquals(of("{.spec.items[*].name}"), ["d", "e"]);
  assertEquals(of("..name").slice(-2), ["d", "e"]);
  assertEquals(of(".spec.none"), []);
});

Deno.test("several paths and pod-shaped parts count together, each image once", () => {
  const raw = widget({ image: "a", other: "example/pod:1", template: { spec: POD } });
  const words = [".spec.image", ".spec.other"].map((path) => `widgets.example.com=${path}`);
  assertEquals(imagesOf(raw, words), [["example/pod:1"], ["a"]]);
});

Deno.test("an image at a path is wanted where the part around it says, else on ordinary nodes", () => {
  const words = ["one", "two", "three"].map((part) => `widgets.example.com=.spec.${part}.image`);
  const raw = widget({
    nodeSelector: { pool: "all" },
    one: { image: "own", nodeSelector: { pool: "one" } },
    two: { image: "whole" },
  });
  assertEquals(placementsOf(raw, words), {
    own: { nodeSelector: { pool: "one" } },
    whole: { nodeSelector: { pool: "all" } },
  });
  const tolerations = [{ key: "gpu", operator: "Exists" }];
  assertEquals(placementsOf(widget({ one: { image: "a" }, tolerations }), words), {
    a: { tolerations },
  });
  assertEquals(placementsOf(widget({ one: { image: "a" } }), words), { a: {} });
});

Deno.test("pull secrets of the specification count; what may not be pulled does not", () => {
  const words = ["widgets.example.com=.spec.image"];
  const spec = { image: "a", imagePullSecrets: [{ name: "s" }] };
  assertEquals(workloadOf(widget(spec), words)?.shapes[0]?.pullSecrets, ["s"]);
  assertEquals(imagesOf(widget({ ...spec, imagePullPolicy: "Never" }), words), [[]]);
});

Deno.test("what is no reference is named by its field, an empty field is none", () => {
  const of = (image: unknown) =>
    faultsOf(widget({ items: [{ image }] }), ["widgets.example.com=.spec.items[*].image"]);
  assertEquals(of("Bad"), ["spec.items[0].image: repository name must be lowercase"]);
  assertEquals(of({ tag: "1" }), ["spec.items[0].image: it is not a text"]);
  assertEquals(of(["ok", 7]), ["spec.items[0].image[1]: it is not a text"]);
  for (const empty of ["", " ", null, undefined, []]) assertEquals(of(empty), []);
});

Deno.test("an object that a path cannot search says so", () => {
  let deep: unknown = { image: "a" };
  for (let i = 0; i < 500; i++) deep = { deep };
  assertEquals(faultsOf(widget(deep), ["widgets.example.com=..image"]).length, 1);
});

Deno.test("a path adds to what is known of a kind", () => {
  const words = ["clusters.postgresql.cnpg.io=.spec.backup.image"];
  const spec = {
    imageName: "db",
    affinity: { nodeSelector: { pool: "db" } },
    backup: { image: "b" },
  };
  const raw = object("postgresql.cnpg.io/v1", "Cluster", { spec });
  assertEquals(placementsOf(raw, words), { db: { nodeSelector: { pool: "db" } }, b: {} });
  assertEquals(placementsOf(raw, ["clusters.postgresql.cnpg.io=.spec.imageName"]), {
    db: { nodeSelector: { pool: "db" } },
  });
  assertEquals(workloadOf(raw, words)?.kind, "PostgresCluster");
});

Deno.test("an object of the whole cluster is in no namespace", () => {
  const served = { group: "example.com", version: "v1", kind: "Widget", plural: "widgets" };
  const kind = customKind({ ...served, namespaced: false }, []);
  assertEquals([kind.namespaced, kind.version, kind.speaksForOwned], [false, "v1", false]);
});

Deno.test("any shape of an object is searched without an error", () => {
  const kind = customKind(
    { group: "example.com", version: "v1", kind: "Widget", plural: "widgets", namespaced: true },
    ["..image", ".spec.image", ".spec[?(@.a > 1)].x"],
  );
  const values = [fc.anything()];
  fc.assert(
    fc.property(fc.object({ key: fc.constantFrom("spec", "image", "a"), values }), (raw) => {
      kind.observe(raw, "Widget");
    }),
  );
});
