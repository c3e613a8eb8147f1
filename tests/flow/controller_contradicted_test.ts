import { assert, assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import type { ObservedPod } from "../../mod/pure/objects/observed.ts";
import { sampleWorkload } from "../harness/fakes/sample_values.ts";
import { startController } from "../harness/fakes/test_controller.ts";

const WRITTEN = "origin.lab/app:1";
const REWRITTEN = "mirror.lab/app:1";

/** A pod of a workload that asks for its only image at another registry. */
function rewrittenPod(kind: string, name: string): ObservedPod {
  const wants = [{ written: REWRITTEN, reference: REWRITTEN, container: "c0" }];
  const shape = { wants, placement: {}, pullSecrets: [] };
  return { namespace: "shop", owner: { group: "apps", kind, name }, shape, faults: [] };
}

Deno.test("what pods contradict leaves the bucket at once, and comes back after what was learned", async () => {
  using time = new FakeTime();
  await using controller = await startController(time, { forgetAfterMs: 20_000 });
  const { source } = controller;
  source.kinds.add("StatefulSet");
  source.put(sampleWorkload("web", [WRITTEN], { kind: "StatefulSet" }));
  await controller.advance(1_000);
  assert(controller.wanted(WRITTEN), "no pod has spoken yet");

  source.pods.push(rewrittenPod("StatefulSet", "web"));
  source.changed();
  await controller.advance(1_000);
  assert(controller.wanted(REWRITTEN));
  assertEquals(controller.wanted(WRITTEN), undefined);

  source.pods.length = 0;
  source.changed();
  await controller.advance(19_000);
  assertEquals(
    controller.wanted(WRITTEN),
    undefined,
    "the next pods are expected as the last were",
  );
  await controller.advance(2_000);
  assert(controller.wanted(WRITTEN), "nothing else has happened");
});
