import { observerOf } from "../../../mod/adapters/manifests/observer.ts";
import { parseManifest } from "../../../mod/adapters/manifests/parse_manifest.ts";
import { KindChoice } from "../../../mod/pure/objects/kind_choice.ts";
import type { Observed } from "../../../mod/pure/objects/observed.ts";

/** A Pod with one image. */
export const podObject = (name: string, image = "nginx") => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name },
  spec: { containers: [{ image }] },
});

/** Names of the objects of a manifest with their images, and what else is said of it. */
export async function read(text: string, name = "a.yaml", namespace = "default") {
  const { observed, faults, warnings, leftOut } = await parseManifest(text, name, {
    signal: AbortSignal.timeout(60_000),
    observe: observerOf(new KindChoice(["auto"]), namespace),
  });
  return { observed, names: observed.map(nameOf), faults, warnings, leftOut };
}

/** The images of all workloads, as they are written. */
export function imagesOf(observed: readonly Observed[]): string[] {
  return observed.flatMap((object) => object.type === "workload" ? object.workload.shapes : [])
    .flatMap(({ wants }) => wants.map(({ written }) => written));
}

function nameOf(observed: Observed): string {
  if (observed.type === "workload") return observed.workload.name;
  return observed.type === "node" ? observed.node.name : observed.type;
}
