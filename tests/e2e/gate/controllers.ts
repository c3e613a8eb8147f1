import { must } from "../../harness/cluster/cluster.ts";
import { NAMESPACE, type TestCluster } from "../../harness/cluster/test_cluster.ts";
import { waitUntil } from "../../harness/wait.ts";

/** Waits until a controller has logged a line with all of these words, from a point of time on. */
export async function controllersSay(
  test: TestCluster,
  sinceMs: number,
  ...words: readonly string[]
): Promise<void> {
  await waitUntil(`a controller says ${words.join(" … ")}`, async () => {
    const lines = await logOf(test, sinceMs);
    return lines.some((line) => words.every((word) => line.includes(word)));
  }, { timeoutMs: 180_000, everyMs: 300 }).catch(async (error: unknown) => {
    const said = (await logOf(test, sinceMs)).slice(-20).join("\n");
    throw new Error(`The controllers said:\n${said}`, { cause: error });
  });
}

async function logOf(test: TestCluster, sinceMs: number): Promise<string[]> {
  const logs = await Promise.all((await test.pods("controller")).map((pod) =>
    test.cluster.kubectl(
      ...["--namespace", NAMESPACE, "logs", pod],
      `--since-time=${new Date(Math.floor(sinceMs / 1000) * 1000).toISOString()}`,
    )
  ));
  return logs.flatMap(({ stdout }) => stdout.split("\n")).filter((line) => line !== "");
}

/** What a pod of the controller serves at its health port. */
export async function servedBy(test: TestCluster, pod: string, path: string): Promise<string> {
  const address = await must(test.cluster.kubectl(
    ...["--namespace", NAMESPACE, "get", pod, "-o", "jsonpath={.status.podIP}"],
  ));
  return await (await fetch(`http://${address}:8080${path}`)).text();
}
