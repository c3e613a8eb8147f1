import { REPOSITORY } from "../programs.ts";
import { obtainGoBuild } from "./go_builds.ts";
import { type GoSource, kubernetesBuild } from "./go_pins.ts";
import { KUBERNETES_VERSIONS } from "./kubernetes_version.ts";

/** Our programs of Kubernetes' own code that say what is right; each is a folder of `tests/witness/`. */
export type Witness = "scheduler" | "reader";

/** Resolves to the program's path; built of the Kubernetes by which CI tests, whatever this run's is. */
export async function obtainWitness(witness: Witness): Promise<string> {
  return await obtainGoBuild({
    ...kubernetesBuild("kube-scheduler", KUBERNETES_VERSIONS[0]),
    name: `witness-${witness}`,
    package: ".",
    about: "2 minutes",
    source: await sourceIn(`${REPOSITORY}tests/witness/${witness}`),
  });
}

async function sourceIn(folder: string): Promise<GoSource> {
  const entries = await Array.fromAsync(Deno.readDir(folder));
  const names = entries.map(({ name }) => name).filter((name) => name.endsWith(".go")).sort();
  const files = new Map<string, string>();
  for (const name of names) files.set(name, await Deno.readTextFile(`${folder}/${name}`));
  const whole = new TextEncoder().encode(JSON.stringify([...files]));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", whole)).toHex();
  return { files, digest: digest.slice(0, 12) };
}
