import { must } from "../../harness/cluster/cluster.ts";
import { daemonOf, innerPid } from "../../harness/cluster/local_node.ts";
import { NAMESPACE, type TestCluster } from "../../harness/cluster/test_cluster.ts";
import { identityOf, runningProcesses } from "../../harness/proc.ts";
import { runCommand } from "../../harness/commands.ts";
import { found } from "../../harness/private_images/needles.ts";

/** The chart's default. */
const HEALTH_PORT = 14617;

/** Where a text was found. */
export type Finding = string;

/** Searches for texts wherever somebody may look who is not to see them; resolves to where they are. */
export async function searchEverywhere(
  test: TestCluster,
  needles: readonly string[],
  options: {
    /** Files on nodes in which they have to be, as patterns of paths: logins of the nodes themselves. */
    readonly at: readonly RegExp[];
  },
): Promise<Finding[]> {
  const nodes = await test.cluster.nodes();
  return [
    ...await inProcesses(needles),
    ...(await Promise.all(nodes.map((node) => inFiles(test, node, needles, options.at)))).flat(),
    ...await inLogs(test, needles),
    ...await inAnswers(test, needles),
  ];
}

/** Arguments and environments of all processes of this machine, nodes' and pods' among them. */
export async function inProcesses(needles: readonly string[]): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { pid } of await runningProcesses()) {
    for (const what of ["cmdline", "environ"]) {
      const bytes = await Deno.readFile(`/proc/${pid}/${what}`).catch(() => new Uint8Array());
      if (found(bytes, needles).length > 0) findings.push(`${what} of ${await nameOf(pid)}`);
    }
  }
  return findings;
}

/**
 * All files of a node and of its pods: their disks, what they have in memory, and NATS's storage. Roots
 * and volumes of pods lie in the node's own mounts, below `run` and `var`.
 */
async function inFiles(
  test: TestCluster,
  node: string,
  needles: readonly string[],
  at: readonly RegExp[],
): Promise<Finding[]> {
  const pid = await nodePid(test, node);
  const root = `/proc/${pid}/root`;
  const patterns = needles.flatMap((needle) => ["-e", needle]);
  const folders = ["etc", "var", "run", "tmp"].map((name) => `${root}/${name}`);
  const { stdout } = await runCommand("grep", [
    ...["--recursive", "--text", "--files-with-matches", "--fixed-strings", "--devices=skip"],
    ...["--no-messages", ...patterns, ...folders],
  ]);
  return stdout.split("\n").filter((line) => line !== "").map((line) => line.slice(root.length))
    .filter((path) => !at.some((pattern) => pattern.test(path))).map((path) => `${node}:${path}`);
}

/** What our programs have logged, at the level that was installed. */
async function inLogs(test: TestCluster, needles: readonly string[]): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const component of ["controller", "agent", "nats"] as const) {
    for (const pod of await test.pods(component)) {
      const log = await test.sh(`kubectl --namespace ${NAMESPACE} logs --all-containers ${pod}`);
      if (needles.some((needle) => log.includes(needle))) findings.push(`log of ${pod}`);
    }
  }
  return findings;
}

/**
 * What our programs answer to who may ask them: probes, Prometheus, people with a browser, whose page
 * asks for what concerns one node.
 */
async function inAnswers(test: TestCluster, needles: readonly string[]): Promise<Finding[]> {
  const controllers = await Promise.all(
    (await test.pods("controller")).map((pod) =>
      must(test.cluster.kubectl(
        ...["--namespace", NAMESPACE, "get", pod, "-o", "jsonpath={.status.podIP}"],
      ))
    ),
  );
  const nodes = await test.cluster.nodes();
  const agents = await Promise.all(nodes.map((node) => test.addressOf(node)));
  const hosts = [
    ...controllers.map((address) => `${address}:8080`),
    ...agents.map((address) => `${address}:${HEALTH_PORT}`),
  ];
  const details = nodes.map((node) => `/page/node.json?name=${node}`);
  const urls = [
    ...hosts.flatMap((host) =>
      ["/metrics", "/readyz", "/livez", "/"].map((path) => `http://${host}${path}`)
    ),
    ...controllers.flatMap((address) => details.map((path) => `http://${address}:8080${path}`)),
  ];
  const findings: Finding[] = [];
  for (const url of urls) {
    const bytes = new Uint8Array(await (await fetch(url)).arrayBuffer());
    if (found(bytes, needles).length > 0) findings.push(url);
  }
  return findings;
}

/** The memory of each process of this name on a node: all that its core would hold. */
export async function inMemoryOf(
  test: TestCluster,
  node: string,
  program: string,
  needles: readonly string[],
): Promise<Finding[]> {
  const root = await nodePid(test, node);
  const namespace = await Deno.readLink(`/proc/${root}/ns/pid`);
  const findings: Finding[] = [];
  for (const { pid } of await runningProcesses()) {
    if (!await isProgramOf(pid, program, namespace)) continue;
    if (await isInMemory(pid, needles)) findings.push(`memory of ${await nameOf(pid)}`);
  }
  return [...new Set(findings)];
}

/** Whether a process has one of them in memory that it may write. */
export async function isInMemory(pid: number, needles: readonly string[]): Promise<boolean> {
  try {
    for await (const bytes of memoryOf(pid)) {
      if (found(bytes, needles).length > 0) return true;
    }
  } catch (error) {
    // One that has ended meanwhile has no memory any more.
    if (await identityOf(pid) !== undefined) throw error;
  }
  return false;
}

/** Pods of a node have process namespaces of their own, below that of the node. */
async function isProgramOf(pid: number, program: string, namespace: string): Promise<boolean> {
  try {
    if ((await Deno.readTextFile(`/proc/${pid}/comm`)).trim() !== program) return false;
    return await belongsTo(pid, namespace);
  } catch {
    return false; // it has ended
  }
}

async function belongsTo(pid: number, namespace: string): Promise<boolean> {
  for (let at = pid; at > 1;) {
    if (await Deno.readLink(`/proc/${at}/ns/pid`) === namespace) return true;
    const status = await Deno.readTextFile(`/proc/${at}/status`);
    at = Number(/^PPid:\s+(\d+)$/m.exec(status)?.[1]);
  }
  return false;
}

/** Of one that has ended there is none. */
async function* memoryOf(pid: number): AsyncGenerator<Uint8Array> {
  const gone = (): undefined => undefined;
  const maps = await Deno.readTextFile(`/proc/${pid}/maps`).catch(gone);
  using memory = await Deno.open(`/proc/${pid}/mem`).catch(gone);
  if (maps === undefined || memory === undefined) return;
  for (const line of maps.split("\n")) {
    const [, from = "", to = ""] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line) ?? [];
    if (from === "") continue;
    const bytes = await readAt(memory, Number.parseInt(from, 16), Number.parseInt(to, 16));
    if (bytes.length > 0) yield bytes;
  }
}

/** Pages that were never touched cannot be read, and hold nothing. */
async function readAt(memory: Deno.FsFile, from: number, to: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(Math.min(to - from, 2 ** 28));
  let length = 0;
  try {
    await memory.seek(from, Deno.SeekMode.Start);
    while (length < bytes.length) {
      const read = await memory.read(bytes.subarray(length, length + 2 ** 20));
      if (read === null || read === 0) break;
      length += read;
    }
  } catch {
    // Such as the kernel's own.
  }
  return bytes.subarray(0, length);
}

async function nodePid(test: TestCluster, node: string): Promise<number> {
  const outer = await test.cluster.daemons.pid(daemonOf(node));
  if (outer === undefined) throw new Error(`Cannot look at node "${node}": it does not run`);
  return await innerPid(outer);
}

async function nameOf(pid: number): Promise<string> {
  return (await Deno.readTextFile(`/proc/${pid}/comm`).catch(() => `${pid}`)).trim();
}
