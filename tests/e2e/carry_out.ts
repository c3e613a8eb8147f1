import type { GuideStep } from "../harness/documents/guide.ts";
import type { TestCluster } from "../harness/cluster/test_cluster.ts";
import { replaced } from "./replacements.ts";

/** Does what a guide says, in order: writes files, runs commands. Resolves to what each printed. */
export async function carryOut(
  test: TestCluster,
  steps: readonly (GuideStep | undefined)[],
): Promise<string[]> {
  const printed: string[] = [];
  for (const step of steps) {
    if (step === undefined) throw new Error("The guide lacks a block that this test carries out");
    if (step.type === "file") await test.write(step.name, step.text);
    else printed.push(await test.sh(replaced(step.text)));
  }
  return printed;
}
