import { assert, assertEquals } from "@std/assert";
import { gateFor, readGateTaint } from "../../../mod/pure/settings/gate_settings.ts";

Deno.test("a taint is read as kubectl writes it", () => {
  for (
    const [text, value] of [
      ["warm-images/cold", { key: "warm-images/cold" }],
      ["cold", { key: "cold" }],
      ["example.com/cold=yes", { key: "example.com/cold", value: "yes" }],
      ["example.com/cold=", { key: "example.com/cold" }],
      ["example.com/cold:NoExecute", { key: "example.com/cold", effect: "NoExecute" }],
      ["a/b=c:NoSchedule", { key: "a/b", value: "c", effect: "NoSchedule" }],
    ] as const
  ) {
    assertEquals(readGateTaint(text), { value });
  }
});

Deno.test("what cannot be a taint is a fault, globs too: none but one's own may be lifted", () => {
  for (
    const text of ["", "*", "example.com/*", "a=b:Sometimes", "a:b:NoSchedule", "/cold", "a b"]
  ) {
    assert("fault" in readGateTaint(text), text);
  }
});

Deno.test("taints by which others say how a node is are not lifted", () => {
  for (
    const text of [
      ...[
        "node.kubernetes.io/not-ready:NoExecute",
        "node.cloudprovider.kubernetes.io/uninitialized",
      ],
      ...[
        "node-role.kubernetes.io/control-plane",
        "node.cluster.x-k8s.io/uninitialized=:NoSchedule",
      ],
      ...["karpenter.sh/unregistered", "karpenter.sh/disrupted", "ToBeDeletedByClusterAutoscaler"],
    ]
  ) assert("fault" in readGateTaint(text), text);
  const own = ["startup-taint.cluster-autoscaler.kubernetes.io/a", "node.example.com/cold"];
  for (const text of own) assert("value" in readGateTaint(text), text);
});

Deno.test("what is due is running, a share of it, all, or what a selector selects", () => {
  const read = (text: string) => gateFor().read([text], "flag");
  assertEquals(read("running"), { value: { type: "running" } });
  assertEquals(read("all"), { value: { type: "all" } });
  assertEquals(read("80%"), { value: { type: "share", share: 0.8 } });
  assertEquals(read("100%"), { value: { type: "share", share: 1 } });
  const selector = [{ key: "tier", operator: "In", values: ["web"] }];
  assertEquals(read("tier=web"), { value: { type: "selector", selector } });
  for (const text of ["", "0%", "101%", "tier in", "a b"]) assert("fault" in read(text), text);
});
