import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { whatItLeaves } from "../../../mod/pure/objects/what_it_leaves.ts";

const speaksAlways = () => true;

function pod(owner?: { apiVersion: string; kind: string }, rest: Record<string, unknown> = {}) {
  const ownerReferences = owner && [{ ...owner, name: "owner", uid: "u", controller: true }];
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "web", namespace: "shop", ...(owner && { ownerReferences }) },
    spec: { containers: [{ image: "nginx:1" }] },
    ...rest,
  };
}

const SET = { apiVersion: "apps/v1", kind: "ReplicaSet" };

Deno.test("what a followed owner has made leaves nothing but whose it is", () => {
  assertEquals(whatItLeaves(pod(SET), speaksAlways), { type: "nothing", leftTo: "ReplicaSet" });
  const asked: string[] = [];
  whatItLeaves(pod(SET), (kind) => asked.push(kind) > 0);
  assertEquals(asked, ["ReplicaSet"]);
});

Deno.test("what no followed owner has made leaves a record", () => {
  const left = (raw: unknown, speaks = speaksAlways) => whatItLeaves(raw, speaks).type;
  assertEquals(left(pod()), "record");
  assertEquals(left(pod({ apiVersion: "v1", kind: "Node" })), "record");
  assertEquals(left(pod({ apiVersion: "batch.volcano.sh/v1alpha1", kind: "Job" })), "record");
  assertEquals(left(pod(SET), () => false), "record");
});

Deno.test("what wants nothing leaves nothing, such as a Pod or Job that has ended", () => {
  const marked = { metadata: { name: "web", labels: { "warm-images/skip": "true" } } };
  const ended = { apiVersion: "batch/v1", kind: "Job", status: { completionTime: "2026-01-02" } };
  const nothing = { type: "nothing" };
  assertEquals(whatItLeaves(pod(undefined, { status: { phase: "Failed" } }), () => true), nothing);
  assertEquals(whatItLeaves(pod(undefined, marked), speaksAlways), nothing);
  assertEquals(whatItLeaves({ ...ended, metadata: { name: "a" } }, speaksAlways), nothing);
  assertEquals(whatItLeaves({ apiVersion: "v1", kind: "Service" }, speaksAlways), nothing);
});

Deno.test("an owned object is not looked into, whatever it holds", () => {
  const held = new Proxy({}, {
    get() {
      throw new Error("It was looked into");
    },
  });
  assertEquals(whatItLeaves(pod(SET, { spec: held, status: held }), speaksAlways).type, "nothing");
});

Deno.test("any shape of an object is judged without an error", () => {
  const part = fc.oneof(fc.anything(), fc.record({ ownerReferences: fc.anything() }));
  fc.assert(fc.property(fc.record({ kind: fc.constant("Pod"), metadata: part }), (raw) => {
    whatItLeaves(raw, speaksAlways);
  }));
});
