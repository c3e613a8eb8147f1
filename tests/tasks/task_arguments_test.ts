import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { HELP, readTaskCommand, UsageError } from "./task_arguments.ts";

const read = (line: string) => readTaskCommand(line.split(" ").filter((word) => word !== ""));

Deno.test("up starts two nodes named dev; options change that", () => {
  assertEquals(read("up"), {
    verb: "up",
    name: "dev",
    on: undefined,
    kubernetes: undefined,
    nodes: [{}, {}],
  });
  assertEquals(read("up --name other --on local --nodes 3 --containerd 2.4 --kubernetes 1.35"), {
    verb: "up",
    name: "other",
    on: "local",
    kubernetes: "1.35",
    nodes: [{ containerd: "2.4" }, { containerd: "2.4" }, { containerd: "2.4" }],
  });
  const mixed = read("up --containerd 1.6 --containerd 1.7 --containerd 2.3");
  assertEquals(mixed?.verb === "up" && mixed.nodes.map((node) => node.containerd), [
    "1.6",
    "1.7",
    "2.3",
  ]);
});

Deno.test("what is for kubectl, helm and ctr is passed on as it is", () => {
  assertEquals(read("kubectl get pods -A --help"), {
    verb: "kubectl",
    name: "dev",
    args: ["get", "pods", "-A", "--help"],
  });
  assertEquals(read("--name other ctr node-0 images ls"), {
    verb: "ctr",
    name: "other",
    node: "node-0",
    args: ["images", "ls"],
  });
});

Deno.test("help is given when it is asked for, and to who says nothing", () => {
  for (const line of ["", "--help", "-h", "help", "up --help", "--name x down -h"]) {
    assertEquals(read(line), undefined, line);
  }
  for (const verb of ["up", "down", "load", "kubectl", "helm", "ctr"]) {
    assertStringIncludes(HELP, `cluster ${verb} `.replace("down ", "down"));
  }
});

for (
  const [line, hint] of [
    ["start", "say up, down"],
    ["up --nodes 0", "from 1 to 50"],
    ["up --nodes two", "from 1 to 50"],
    ["up --containerd 2", "1.6, 1.7, 2.3"],
    ["up --kubernetes 1.36", "1.37 or 1.35"],
    ["up --nodes 3 --containerd 2.4 --containerd 1.7", "once, or for each"],
    ["up --fast", "--fast"],
    ["down all", "all"],
    ["up --name Big_One", "Big_One"],
    ["--name A! down", "--name is"],
    ["ctr", "name a node"],
  ] as const
) {
  Deno.test(`"${line}" is refused with a hint`, () => {
    assertStringIncludes(assertThrows(() => read(line), UsageError).message, hint);
  });
}
