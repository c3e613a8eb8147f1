import { assertEquals } from "@std/assert";
import { parse } from "yaml";
import { findKind } from "../../mod/pure/objects/kinds.ts";
import { whatItLeaves } from "../../mod/pure/objects/what_it_leaves.ts";
import type { NodeFacts } from "../../mod/pure/placement/eligibility.ts";
import { planOf } from "../../mod/pure/wants/plan.ts";
import { planTable } from "../../mod/pure/wants/plan_table.ts";
import { seenObjects } from "../../mod/pure/wants/seen_objects.ts";
import { WantsFold } from "../../mod/pure/wants/wants_fold.ts";
import { GUIDE } from "../harness/documents/guide_sections.ts";
import { sectionFile } from "../harness/documents/sections.ts";

const RULES = {
  ...{ listSpaces: ["*"], ignoreSpaces: [], ignoreImages: [], listImages: [] },
  keepRevisions: 1,
};

Deno.test("the list that its page shows is wanted on tainted nodes of its pool, late", async () => {
  const example = parse(await sectionFile(GUIDE.lists, "gpu-images.yaml"));
  const kind = findKind({ group: "", kind: "ConfigMap" });
  const record = kind && whatItLeaves(example, kind);
  const seen = seenObjects(record === undefined ? [] : [record]);
  const set = new WantsFold(RULES, 0).fold({
    ...{ seen, kinds: new Set(["ConfigMap"]), nowMs: 0, wallMs: 0 },
  });
  assertEquals(set.faults, []);
  const taints = [{ key: "nvidia.com/gpu", value: "present", effect: "NoSchedule" }];
  const { cells } = planTable(planOf(set, [node("gpu-0", "gpu", taints), node("web-0", "web")]));
  assertEquals(cells, [[
    "docker.io/library/busybox:1.37",
    "gpu-0",
    "low",
    "ConfigMap default/gpu-images",
    'web-0: label "pool" is "web"',
  ]]);
});

function node(name: string, pool: string, taints: NodeFacts["taints"] = []): NodeFacts {
  return { name, labels: { pool }, taints, os: "linux", unschedulable: false, skip: false };
}
