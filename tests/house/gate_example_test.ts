import { assert, assertEquals } from "@std/assert";
import { parse } from "yaml";
import { readControllerSettings } from "../../mod/pure/settings/controller_settings.ts";
import { startupTaintMatcher } from "../../mod/pure/placement/startup_taints.ts";
import { GUIDE } from "../harness/documents/guide_sections.ts";
import { readPage } from "../harness/documents/pages.ts";
import { sectionFile } from "../harness/documents/sections.ts";

const KEYS = defaultTaints().map(({ key }) => key);

Deno.test("the taint that README gives to kubelet is lifted by default, whatever its effect", async () => {
  const { registerWithTaints } = parse(await sectionFile(GUIDE.newNodes, "kubelet-taints.yaml"));
  assertEquals(registerWithTaints, [{ key: "warm-images/cold", effect: "NoSchedule" }]);
  assertEquals(defaultTaints()[0], { key: "warm-images/cold" });
});

Deno.test("every taint of ours that pages have people set is lifted by default", async () => {
  const pages = await Promise.all([readPage("README.md"), readPage("mod/NEW_NODES.md")]);
  const named = pages.flatMap((page) => page.match(/[\w.-]+\/(?:warm-images-)?cold\b/g) ?? []);
  assertEquals([...new Set(named)].sort(), KEYS.toSorted());
});

Deno.test("no gate keeps images away, and its taints fit where clouds take taints", () => {
  const isStartupTaint = startupTaintMatcher([]);
  assertEquals(KEYS.filter((key) => !isStartupTaint(key)), []);
  // https://docs.aws.amazon.com/eks/latest/APIReference/API_Taint.html
  for (const key of KEYS) assert(key.length <= 63, key);
});

function defaultTaints() {
  const outcome = readControllerSettings([], {});
  if (outcome.type !== "settings") throw new Error("The defaults cannot be used");
  return outcome.settings.gate.taints;
}
