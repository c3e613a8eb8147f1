import { assertEquals } from "@std/assert";
import { podOf, replicaSet, workloadObject } from "./cluster_objects.ts";
import { FORGET_MS, Passes } from "./folding.ts";

const WRITTEN = "docker.io/library/web:1";
const SET_OF = (workload: Record<string, unknown>, replicas = 1) =>
  replicaSet(workload, 1, replicas, ["web:1"]);
const WEB = workloadObject("Deployment", ["web:1"]);
const REWRITTEN = ["mirror.example/library/web:1"];

function contradicted(passes: Passes, objects: readonly Record<string, unknown>[], nowMs = 0) {
  return [...passes.pass(objects, nowMs).contradicted];
}

Deno.test("an image of a template that none of its pods asks for is contradicted, from the first pod on", () => {
  const passes = new Passes();
  const set = SET_OF(WEB);
  assertEquals(contradicted(passes, [WEB, set]), []);
  assertEquals(contradicted(passes, [WEB, set, podOf(set, "web-x", REWRITTEN)]), [WRITTEN]);
  const plain = podOf(set, "web-y", ["web:1"]);
  assertEquals(contradicted(passes, [WEB, set, podOf(set, "web-x", REWRITTEN), plain]), []);
});

Deno.test("it is for as long as is known what the last pods showed", () => {
  const passes = new Passes();
  const set = SET_OF(WEB);
  contradicted(passes, [WEB, set, podOf(set, "web-x", REWRITTEN)]);
  assertEquals(contradicted(passes, [WEB, SET_OF(WEB, 0)], 1), [WRITTEN]);
  assertEquals(passes.pass([WEB, SET_OF(WEB, 0)], 1).nextInMs, FORGET_MS);
  assertEquals(contradicted(passes, [WEB, SET_OF(WEB, 0)], 1 + FORGET_MS), []);
});

Deno.test("for every kind of workload, and never what another one asks for", () => {
  for (const kind of ["StatefulSet", "DaemonSet", "ReplicationController", "Job"]) {
    const owner = workloadObject(kind, ["web:1"]);
    const objects = [owner, podOf(owner, "web-x", REWRITTEN)];
    assertEquals(contradicted(new Passes(), objects), [WRITTEN], kind);
    const other = workloadObject(kind, ["web:1"], { namespace: "bank" });
    assertEquals(contradicted(new Passes(), [...objects, other]), [], kind);
  }
});
