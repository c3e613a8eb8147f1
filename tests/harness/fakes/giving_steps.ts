import type { PrivateMode } from "../../../mod/pure/private_images/private_mode.ts";
import { type AgentOptions, type GivingController, PRIVATE } from "./giving_controller.ts";
import { sampleNode, sampleWorkload } from "./sample_values.ts";

/** A node that lacks the image, with its agent; what it should be given is given by then. */
export async function lacking(controller: GivingController, about?: AgentOptions) {
  await wants(controller);
  const agent = await controller.agent("n1", about);
  await controller.report("n1", { [PRIVATE]: "waiting" });
  await controller.advance(10_000);
  return agent;
}

/** Has a workload want private images, in a namespace that has asked for `bytes`. */
export async function wants(controller: GivingController, images: readonly string[] = [PRIVATE]) {
  controller.source.put(
    sampleNode("n1"),
    sampleWorkload("web", images, { pullSecrets: ["regcred"] }),
  );
  mark(controller, "bytes");
  await controller.advance(2_000);
}

/** Marks that namespace; undefined: it drops its mark. */
export function mark({ source }: GivingController, mode: PrivateMode | undefined): void {
  source.namespaces.set("shop", {
    name: "shop",
    skip: false,
    ...mode && { marks: { private: mode } },
  });
  source.changed();
}
