import type { Fleet } from "../fleet/fleet.ts";
import type { FleetNode } from "../fleet/fleet_node.ts";
import type { FleetImage } from "../fleet/fleet_image.ts";
import type { Cell } from "../fleet/report_cells.ts";
import type { Warmth } from "./starts.ts";

/** The median of so many pulls says what there is to say. */
const ENOUGH = 101;

/** Resources of nodes with GPUs, also shared and split ones: nvidia.com/gpu.shared, nvidia.com/mig-1g.5gb. */
const GPU = /^(?:nvidia\.com\/(?:gpu|mig-)|amd\.com\/gpu|gpu\.intel\.com\/)/;

/** What the reports that a fleet holds say of images on nodes. */
export function fleetWarmth(fleet: Pick<Fleet, "nodes" | "images">): Warmth {
  return {
    cell(node, image) {
      const [known, of] = [fleet.images.get(image), fleet.nodes.get(node)];
      return known && of && cellOf(of, known);
    },
    usualPullSeconds(image) {
      const known = fleet.images.get(image);
      if (known === undefined) return undefined;
      const seconds: number[] = [];
      for (const node of fleet.nodes.values()) {
        const pullSeconds = cellOf(node, known)?.pullSeconds;
        if (pullSeconds !== undefined && seconds.push(pullSeconds) === ENOUGH) break;
      }
      return seconds.sort((a, b) => a - b)[Math.floor(seconds.length / 2)];
    },
    hasGpu: (node) =>
      fleet.nodes.get(node)?.facts?.resources?.some((name) => GPU.test(name)) ?? false,
  };
}

/** As `FleetNode.cell()`, by the image itself, which is found many times faster than its name. */
function cellOf(node: FleetNode, image: FleetImage): Cell | undefined {
  for (let number = 1;; number++) {
    const cells = node.part(number);
    if (cells === undefined) return undefined;
    const at = cells.images.indexOf(image);
    if (at >= 0) return cells.cell(at);
  }
}
