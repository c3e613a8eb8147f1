import { assertEquals } from "@std/assert";
import { mayRun } from "../../../mod/pure/placement/eligibility.ts";
import { selfNode } from "../../../mod/pure/placement/self_node.ts";

const self = selfNode("n1", { arch: "x86_64", os: "linux" });

Deno.test("a node that no API server describes has the labels that kubelet sets by itself", () => {
  const selectors: Record<string, string>[] = [
    { "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64" },
    { "beta.kubernetes.io/os": "linux", "beta.kubernetes.io/arch": "amd64" },
    { "kubernetes.io/hostname": "n1" },
  ];
  for (const nodeSelector of selectors) assertEquals(mayRun({ nodeSelector }, self), true);
  assertEquals(mayRun({ nodeSelector: { "beta.kubernetes.io/arch": "arm64" } }, self), false);
  assertEquals(mayRun({ nodeSelector: { pool: "web" } }, self), false);
});
