import fc from "fast-check";
import { printProgress } from "../harness/print.ts";
import { someManifest } from "../witness/generated_manifests.ts";
import { readByKubernetes, readByUs, readingDifferences } from "../witness/readers.ts";
import type { Figure } from "./figure.ts";

/** Files that are made where no folder is named. */
const FILES = 3_000;

/**
 * What `plan` and Kubernetes' own reader find different in the manifests of the folders that
 * WARM_IMAGES_MANIFESTS names, by commas: checkouts of anything. Without it, in generated files.
 */
export async function goReader(): Promise<Figure[]> {
  const named = (Deno.env.get("WARM_IMAGES_MANIFESTS") ?? "").split(",").filter(Boolean);
  if (named.length > 0) return await Array.fromAsync(named, compared);
  const folder = await Deno.makeTempDir({ prefix: "warm-images-manifests-" });
  try {
    for (const [index, { text, extension }] of fc.sample(someManifest, sampling()).entries()) {
      await Deno.writeTextFile(`${folder}/${index}.${extension}`, text);
    }
    return [await compared(folder)];
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function sampling() {
  return { seed: Number(Deno.env.get("SEED") ?? 1), numRuns: FILES };
}

async function compared(folder: string): Promise<Figure> {
  const theirs = await readByKubernetes(folder);
  const differences = readingDifferences(theirs, await readByUs(folder));
  for (const line of differences) printProgress(line);
  const { files, objects, refused } = theirs;
  const unlike = refused.length === 0 ? "" : `, ${refused.length} more that it refuses`;
  return {
    what: `${folder}: ${files} files, ${objects.length} objects${unlike}`,
    target: "no difference to Kubernetes' own reader",
    measured: `${differences.length}`,
    met: differences.length === 0,
  };
}
