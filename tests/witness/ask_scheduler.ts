import { obtainWitness } from "../harness/tools/witnesses.ts";
import type { PlacementQuestion } from "./our_judgement.ts";

/** What Kubernetes' own code says of a pod. */
export interface PlacementAnswer {
  /** Names of the nodes that it may run on; absent when there are none. */
  readonly nodes?: readonly string[];
  /** Why the API server would not take it. */
  readonly refused?: string;
}

/** Puts the questions to the scheduler's own filters; answers come in their order. */
export async function askScheduler(
  questions: readonly PlacementQuestion[],
): Promise<PlacementAnswer[]> {
  const child = new Deno.Command(await obtainWitness("scheduler"), {
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const lines = questions.map((question) => JSON.stringify(question)).join("\n");
  const [{ success, stdout, stderr }] = await Promise.all([
    child.output(),
    new Blob([lines]).stream().pipeTo(child.stdin),
  ]);
  const decoder = new TextDecoder();
  if (!success) throw new Error(`The scheduler's filters failed: ${decoder.decode(stderr)}`);
  return decoder.decode(stdout).trimEnd().split("\n").map((line) => JSON.parse(line));
}
