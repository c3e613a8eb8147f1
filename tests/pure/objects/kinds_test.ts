import { assert, assertEquals } from "@std/assert";
import {
  CLUSTER_KINDS,
  findKind,
  findKindOfAnyGroup,
  kindName,
  WORKLOAD_KINDS,
} from "../../../mod/pure/objects/kinds.ts";
import { observeObject } from "../../../mod/pure/objects/observe_object.ts";

const ALL = [...WORKLOAD_KINDS, ...CLUSTER_KINDS];

Deno.test("each kind has a name of its own: one that shares its `kind` needs an alias", () => {
  const names = ALL.map(kindName);
  assertEquals(names, [...new Set(names)]);
});

Deno.test("a kind is found by group and kind, and by kind alone where no group is said", () => {
  for (const kind of ALL) {
    assertEquals(findKind(kind), kind);
    assertEquals(findKind({ group: "other.example.com", kind: kind.kind }), undefined);
  }
  assertEquals(findKindOfAnyGroup("Job")?.group, "batch");
  assertEquals(findKindOfAnyGroup("Service"), undefined);
});

Deno.test("objects of every kind are observed under the kind's name", () => {
  for (const row of WORKLOAD_KINDS) {
    const { group, version, kind } = row;
    const apiVersion = group === "" ? version : `${group}/${version}`;
    const observed = observeObject({ apiVersion, kind, metadata: { name: "a" }, spec: {} });
    assert(observed.type === "workload", kind);
    assertEquals(observed.workload.kind, kindName(row));
  }
});
