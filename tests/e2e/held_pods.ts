import { assertEquals } from "@std/assert";
import { delay } from "@std/async/delay";
import { must } from "../harness/cluster/cluster.ts";
import { waitUntil } from "../harness/wait.ts";
import { NAMESPACE, type TestCluster } from "../harness/cluster/test_cluster.ts";

/** Components whose pods may be held back. */
export type Component = "controller" | "agent";

/** Restarts and further lines of a program that goes on failing come within this time. */
const SETTLED_MS = 8_000;

/** What a change of the release leads to: for each component the pod that is new after it. */
export async function podsAfter(
  test: TestCluster,
  components: readonly Component[],
  change: () => Promise<unknown>,
): Promise<string[]> {
  const before = await podsOf(test, components);
  await change();
  const fresh = async (component: Component) =>
    (await podsOf(test, [component])).find((pod) => !before.includes(pod));
  await waitUntil(
    `there are new pods of ${components.join(" and ")}`,
    async () => (await Promise.all(components.map(fresh))).every((pod) => pod !== undefined),
    { timeoutMs: 180_000, everyMs: 200 },
  );
  return (await Promise.all(components.map(fresh))).filter((pod) => pod !== undefined);
}

/** A pod stays up without being ready and complains in one line, to which this resolves. */
export async function soleComplaint(test: TestCluster, pod: string): Promise<string> {
  await waitUntil(
    `${pod} complains`,
    async () => (await complaintsOf(test, pod)).length > 0,
    { timeoutMs: 180_000, everyMs: 200 },
  );
  await delay(SETTLED_MS);
  const status = await podValue(
    test,
    pod,
    "{.status.containerStatuses[0].ready} {.status.containerStatuses[0].restartCount}",
  );
  const complaints = await complaintsOf(test, pod);
  assertEquals(status, "false 0", `${pod}: ready, and number of restarts; ${complaints}`);
  assertEquals(complaints.length, 1, `${pod} complains once: ${complaints.join("\n")}`);
  return complaints[0] ?? "";
}

/** Waits for an event of a pod that tells this; resolves to the event's text. */
export async function eventOf(
  test: TestCluster,
  pod: string,
  about: RegExp,
  namespace: string = NAMESPACE,
): Promise<string> {
  let told: string | undefined;
  await waitUntil(`an event of ${pod} tells ${about}`, async () => {
    const printed = await must(test.cluster.kubectl(
      ...["--namespace", namespace, "get", "events"],
      ...["--field-selector", `involvedObject.name=${pod.replace("pod/", "")}`],
      ...["-o", 'jsonpath={range .items[*]}{.message}{"\\n"}{end}'],
    ));
    told = printed.split("\n").find((line) => about.test(line));
    return told !== undefined;
  }, { timeoutMs: 180_000, everyMs: 200 });
  return told ?? "";
}

/** A field of a pod. */
export async function podValue(test: TestCluster, pod: string, path: string): Promise<string> {
  return await must(
    test.cluster.kubectl("--namespace", NAMESPACE, "get", pod, "-o", `jsonpath=${path}`),
  );
}

async function podsOf(test: TestCluster, components: readonly Component[]): Promise<string[]> {
  return (await Promise.all(components.map((component) => test.pods(component)))).flat();
}

/** Lines at level warn or error, or that are no log lines; none while there is no container. */
async function complaintsOf(test: TestCluster, pod: string): Promise<string[]> {
  const { code, stdout } = await test.cluster.kubectl("--namespace", NAMESPACE, "logs", pod);
  if (code !== 0) return [];
  const lines = stdout.split("\n").filter((line) => line !== "");
  const isFine = (line: string) =>
    line.startsWith("{") && !["warn", "error"].includes(JSON.parse(line).level);
  return lines.filter((line) => !isFine(line));
}
