import { assertEquals } from "@std/assert";
import { awaitedText } from "../../../mod/pure/wants/awaited.ts";

Deno.test("what the same cause keeps is told together, a few by name", () => {
  const kinds = ["Node", "Pod", "Job", "CronJob", "Rollout", "Task", "Cluster"];
  const refused = kinds.map((what) => ({ what, why: "connection refused" }));
  assertEquals(
    awaitedText([{ what: "Deployment" }, ...refused, { what: "Namespace" }]),
    "Deployment, Namespace; " +
      "Node, Pod, Job, CronJob, Rollout and 2 more (connection refused)",
  );
});
