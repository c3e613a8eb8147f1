import { delay } from "@std/async/delay";
import type { Cluster } from "../../harness/cluster/cluster.ts";
import { startProcess, type TestProcess } from "../../harness/process.ts";

/** A run of a pod's container. */
interface Run {
  readonly pod: string;
  /** Another one after each restart. */
  readonly id: string;
}

/**
 * Hands on what controller and agents print, each line behind the name of its pod, until `signal`
 * aborts. Pods that come later are found by looking every second.
 */
export async function followLogs(
  cluster: Cluster,
  namespace: string,
  onLine: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const begun = new Set<string>();
  const running = new Set<TestProcess>();
  try {
    while (!signal.aborted) {
      for (const { pod, id } of await runs(cluster, namespace)) {
        if (begun.has(id) || signal.aborted) continue;
        begun.add(id);
        const process = await follow(cluster, namespace, pod, onLine);
        running.add(process);
        process.exited.then(() => running.delete(process));
      }
      await delay(1000, { signal }).catch(() => {});
    }
  } finally {
    await Promise.all([...running].map((process) => process.stop()));
  }
}

async function follow(
  cluster: Cluster,
  namespace: string,
  pod: string,
  onLine: (line: string) => void,
): Promise<TestProcess> {
  const { command, args, env } = await cluster.command(
    ...["kubectl", "--namespace", namespace, "logs", "--follow", pod] as const,
  );
  const shown = pod.replace(/^.*?-(?=(controller|agent)-)/, "");
  return await startProcess(command, {
    args: [...args],
    env,
    detached: true,
    onLine: (line) => onLine(`${shown} | ${line}`),
  });
}

/** Containers that have begun to run; an API server that does not answer has none. */
async function runs(cluster: Cluster, namespace: string): Promise<Run[]> {
  const path = '{range .items[*]}{.metadata.name}{" "}' +
    '{.status.containerStatuses[0].containerID}{"\\n"}{end}';
  const { stdout } = await cluster.kubectl(
    ...["--namespace", namespace, "get", "pods"],
    ...["--selector", "app.kubernetes.io/component in (controller, agent)"],
    ...["--output", `jsonpath=${path}`],
  );
  return stdout.split("\n").flatMap((line) => {
    const [pod = "", id = ""] = line.split(" ");
    return id === "" ? [] : [{ pod, id }];
  });
}
