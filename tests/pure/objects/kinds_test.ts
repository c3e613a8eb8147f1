import { assert, assertEquals } from "@std/assert";
import { kindName } from "../../../mod/pure/objects/kind.ts";
import {
  BUILT_IN_KINDS,
  CLUSTER_KINDS,
  findKind,
  kindNameOf,
} from "../../../mod/pure/objects/kinds.ts";
import { KindChoice } from "../../../mod/pure/objects/kind_choice.ts";
import { KNOWN_KINDS } from "../../../mod/pure/objects/known_kinds.ts";

const ALL = [...BUILT_IN_KINDS, ...KNOWN_KINDS, ...CLUSTER_KINDS];
const SERVED = { version: "v2", namespaced: true };

Deno.test("each kind has a name of its own: one that shares its `kind` needs an alias", () => {
  const names = ALL.map(kindName);
  assertEquals(names, [...new Set(names)]);
});

Deno.test("a kind is found by group and kind, and one that is in no table is called by both", () => {
  for (const kind of ALL) {
    assertEquals(findKind(kind), kind);
    assertEquals(kindNameOf(kind), kindName(kind));
    assertEquals(findKind({ group: "other.example.com", kind: kind.kind }), undefined);
  }
  assertEquals(kindNameOf({ group: "example.com", kind: "Job" }), "Job.example.com");
  assertEquals(kindNameOf({ group: "", kind: "Service" }), "Service");
});

Deno.test("auto reads Kubernetes' own kinds, and of the known ones those that are served", () => {
  const choice = new KindChoice(["auto"]);
  assertEquals(choice.builtIn, [...CLUSTER_KINDS, ...BUILT_IN_KINDS]);
  const rollouts = { ...SERVED, group: "argoproj.io", kind: "Rollout", plural: "rollouts" };
  const others = { ...SERVED, group: "example.com", kind: "Other", plural: "others" };
  assertEquals(choice.of([rollouts, others]).map(kindName), ["Rollout"]);
  assertEquals(choice.of([rollouts])[0]?.version, "v2");
});

Deno.test("only the kinds that are named are read, and those that say where pods may run", () => {
  const choice = new KindChoice(["Deployment", "Rollout"]);
  assertEquals(choice.builtIn.slice(CLUSTER_KINDS.length).map(kindName), ["Deployment"]);
  assertEquals(choice.ofObject("v1", "Pod"), undefined);
  assertEquals(choice.ofObject("v1", "Node")?.kind, "Node");
  assertEquals(choice.ofObject("argoproj.io/v1alpha1", "Rollout")?.kind, "Rollout");
  assertEquals(choice.ofObject("example.com/v1", "Deployment"), undefined);
});

Deno.test("any kind can be named by resource and group, as the server or a manifest calls it", () => {
  const choice = new KindChoice(["policies.example.com", "gates.example.com"]);
  for (const kind of ["Policy", "Gate"]) {
    const found = choice.ofObject("example.com/v1beta1", kind);
    assert(found);
    assertEquals([kindName(found), found.version], [`${kind}.example.com`, "v1beta1"]);
  }
  assertEquals(choice.ofObject("example.com/v1", "Other"), undefined);
});

Deno.test("a kind of the tables speaks for what it owns however it was named", () => {
  const words = ["clonesets.apps.kruise.io", "deployments.apps", "gates.example.com=.spec.image"];
  const { names } = new KindChoice(words);
  assertEquals(names.has("CloneSet") && names.has("Deployment"), true);
  assertEquals(names.has("Rollout") || names.has("StatefulSet"), false);
});
