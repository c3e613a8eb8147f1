import { type BuiltImages, pushBuiltImage } from "../images/image_builds.ts";
import type { ImageName } from "../images/image_source.ts";
import { chartRepository, chartTag } from "./chart_names.ts";
import type { Cluster, ImagePlaces } from "./cluster.ts";

/** A cluster whose registry stands in for all others. */
interface WithRegistry extends Pick<Cluster, "nodes" | "ctr"> {
  registry(): Promise<string>;
}

/**
 * Pushes both images to the cluster's registry, under a tag of their own and under the one that the
 * chart names by default; nodes forget what they had under that one before.
 */
export async function loadLocally(
  cluster: WithRegistry,
  images: BuiltImages,
): Promise<ImagePlaces> {
  const registry = await cluster.registry();
  const usual = await chartTag();
  const load = async (name: ImageName) => {
    const image = images[name];
    const usualName = chartRepository(name);
    const repository = usualName.slice(usualName.indexOf("/") + 1); // the registry mirrors its host
    const tag = image.digest.slice("sha256:".length, "sha256:".length + 12);
    for (const each of [tag, usual]) await pushBuiltImage(image, registry, repository, each);
    for (const node of await cluster.nodes()) {
      await cluster.ctr(node, "images", "rm", "--sync", `${usualName}:${usual}`);
    }
    return { repository: `${registry}/${repository}`, tag };
  };
  return { controller: await load("controller"), agent: await load("agent") };
}
