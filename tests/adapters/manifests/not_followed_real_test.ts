import { assertEquals } from "@std/assert";
import { stringify } from "yaml";
import { manifestSource } from "../../../mod/adapters/manifests/source.ts";
import { observeOnce } from "../../../mod/flow/observe_once.ts";
import { KindChoice } from "../../../mod/pure/objects/kind_choice.ts";
import { systemClock as clock } from "../../../mod/adapters/clock.ts";
import { recordingConditions, recordingLogger } from "../../harness/fakes/quiet.ts";
import { TempFolder } from "./followed_manifests.ts";

const template = { spec: { containers: [{ name: "c", image: "a:1" }] } };
const object = (apiVersion: string, kind: string, spec: unknown) =>
  stringify({ apiVersion, kind, metadata: { name: "a" }, spec });

Deno.test("what manifests hold of kinds that are not asked for is counted, if it names images", async () => {
  await using folder = new TempFolder();
  await folder.write(
    "a.yaml",
    [
      object("apps/v1", "Deployment", { template }),
      object("batch/v1", "Job", { template }),
      object("v1", "Service", { ports: [] }),
    ].join("---\n"),
  );
  await folder.write("b.yaml", object("batch/v1", "Job", { template }));
  await folder.write("c.yaml", object("x.io/v1", "Foo", { worker: template }));
  const conditions = recordingConditions();
  const source = manifestSource({
    ...{ paths: [folder.path], kinds: new KindChoice(["Deployment"]) },
    ...{ conditions, logger: recordingLogger() },
  });
  const options = { signal: AbortSignal.timeout(60_000), timeoutMs: 30_000, clock };
  const { notFollowed, synced } = await observeOnce(source, options);
  assertEquals([synced, notFollowed], [true, [{ kind: "Job", count: 2 }, {
    kind: "Foo.x.io",
    count: 1,
  }]]);
});
