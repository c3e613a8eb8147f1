import { whyNoLocalCluster } from "./requirements.ts";
import { whyNoImages } from "../images/image_builds.ts";

/** Why the end-to-end tests cannot run here, or undefined; makes what is missing and can be made. */
export async function whyNoTestCluster(): Promise<string | undefined> {
  return await whyNoLocalCluster(["1.7", "2.3", "2.4"]) ?? await whyNoImages();
}
