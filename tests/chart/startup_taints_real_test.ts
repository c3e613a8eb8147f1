import { assertEquals, assertStringIncludes } from "@std/assert";
import { startupTaintMatcher } from "../../mod/pure/placement/startup_taints.ts";
import { realTest, reasonToSkip } from "../harness/servers/skipping.ts";
import { at, render, type Rendered } from "./chart.ts";

const skip = await reasonToSkip("helm");

realTest("agents run on nodes that start, whatever the taint's effect", skip, async () => {
  const tolerated = evictionsTolerated(await render());
  for (const key of ["node.cilium.io/agent-not-ready", "ebs.csi.aws.com/agent-not-ready"]) {
    assertEquals(tolerated.includes(key), true, key);
  }
  const isStartupTaint = startupTaintMatcher([]);
  assertEquals(tolerated.filter((key) => !isStartupTaint(key)), [], "the controller knows them");
});

realTest(
  "taints of one's own are told to the controller, and keys to the agents",
  skip,
  async () => {
    const rendered = await render({
      set: ["startupTaints=example.com/swap-off example.org/*", "agent.startupTaints=a.com/b"],
    });
    assertEquals(evictionsTolerated(rendered), ["a.com/b", "example.com/swap-off"]);
    const controller = JSON.stringify(rendered.only("Deployment", "-controller"));
    assertStringIncludes(
      controller,
      '{"name":"STARTUP_TAINTS","value":"example.com/swap-off example.org/*"}',
    );
  },
);

realTest("agents leave nodes that evict all pods for another reason", skip, async () => {
  const rendered = await render({ set: ["agent.startupTaints=null"] });
  assertEquals(evictionsTolerated(rendered), []);
});

/** Keys of the NoExecute taints that agents tolerate. */
function evictionsTolerated(rendered: Rendered): string[] {
  const tolerations = at(rendered.only("DaemonSet", "-agent"), "spec.template.spec.tolerations");
  return (tolerations as { key?: string; effect?: string }[])
    .filter(({ effect }) => effect !== "NoSchedule").map(({ key }) => key ?? "any");
}
