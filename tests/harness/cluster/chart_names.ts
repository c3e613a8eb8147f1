import { parse } from "yaml";
import type { ImageName } from "../images/image_source.ts";
import { REPOSITORY } from "../programs.ts";

/** Where the chart expects an image when no value says otherwise. */
export function chartRepository(name: ImageName): string {
  return `ghcr.io/kubernetes-warm-images/${name}`;
}

/** The tag that the chart takes when no value says otherwise. */
export async function chartTag(): Promise<string> {
  return parse(await Deno.readTextFile(`${REPOSITORY}chart/Chart.yaml`)).appVersion;
}
