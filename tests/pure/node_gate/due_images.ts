import type { MaybeDue } from "../../../mod/pure/node_gate/due_images.ts";
import { DueLists } from "../../../mod/pure/node_gate/due_lists.ts";
import type { ObservedNode } from "../../../mod/pure/objects/observed.ts";

/** A node of the pool `web` on which nothing keeps pods away. */
export const WEB_NODE: ObservedNode = {
  name: "web-1",
  uid: "uid-1",
  labels: { pool: "web" },
  taints: [],
  architecture: "amd64",
  os: "linux",
  unschedulable: false,
  skip: false,
};

/** An image that is due wherever pods without wishes may run. */
export function dueImage(reference: string, rest: Partial<MaybeDue> = {}): MaybeDue {
  const reasons = [{ kind: "Deployment", namespace: "shop", name: "web" }];
  return { reference, priority: 0, due: [{}], reasons, ...rest };
}

/** Images by their references, as a wanted set has them. */
export function byReference(images: readonly MaybeDue[]): ReadonlyMap<string, MaybeDue> {
  return new Map(images.map((image) => [image.reference, image]));
}

/** What is due on a node, made out without a pass before. */
export function dueOn(
  node: ObservedNode,
  images: ReadonlyMap<string, MaybeDue>,
): readonly string[] {
  return new DueLists().of([node], images).get(node.name) ?? [];
}
