import { pushImages } from "../lab/images.ts";
import { waitUntil } from "../lab/process.ts";
import { deployment, startSite } from "../lab/site.ts";
import { benchImage, compiled, type Figure, progress, residentMegabytes, spread } from "./figure.ts";

/** From the answer of the API server to `ctr` started, for 20 Deployments one after the other. */
export async function eventToPull(): Promise<Figure[]> {
  return [];
}

/** A controller that follows 10,000 Deployments. */
export async function controllerMemory(): Promise<Figure[]> {
  return [];
}
